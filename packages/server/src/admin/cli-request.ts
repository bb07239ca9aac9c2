import { parseRoomId } from '@whisperrooms/protocol'
import { parsePrefix } from './blocklist.ts'

/** A request of the operator's API. */
export interface AdminRequest {
  readonly method: 'GET' | 'POST'
  /** Below `/api/admin/`. */
  readonly path: string
  readonly body?: object
  /** Whether it is about a room, which all gateways share, and not about one gateway. */
  readonly isOfRoom: boolean
}

const ROOM_ACTIONS: readonly string[] = ['close', 'burn', 'lock', 'unlock']

/** @returns the request for an action and its arguments; `undefined` when they are none. */
export function readRequest(words: readonly string[]): AdminRequest | undefined {
  const [action = '', first = '', second = '', ...rest] = words
  if (rest.length > 0) return undefined
  if (action === 'status') return first === '' ? { method: 'GET', path: 'status', isOfRoom: false } : undefined
  if (action === 'block') {
    const isWhole = /^\d{1,9}$/.test(second)
    return isWhole && parsePrefix(first) !== undefined
      ? post('addresses/block', { address: first, seconds: Number(second) })
      : undefined
  }
  if (second !== '') return undefined
  if (action === 'unblock')
    return parsePrefix(first) === undefined ? undefined : post('addresses/unblock', { address: first })
  if (action === 'read-only')
    return first === 'on' || first === 'off' ? post('read-only', { on: first === 'on' }) : undefined
  if (ROOM_ACTIONS.includes(action) && parseRoomId(first) !== undefined)
    return { method: 'POST', path: `rooms/${first}/${action}`, isOfRoom: true }
  return undefined
}

const post = (path: string, body: object): AdminRequest => ({ method: 'POST', path, body, isOfRoom: false })
