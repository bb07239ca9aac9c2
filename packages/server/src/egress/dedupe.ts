import type { Transform } from 'node:stream'
import { LIMITS } from '@whisperrooms/protocol'
import { stage } from '../streams/stage.ts'
import type { FirstUnderKey, Observed } from './observed.ts'

/**
 * Marks what was appended before under the same key by the same member, within 15 s. That is enough: a record is void 10 s after it
 * was first tried. Counted in append times, so every gateway decides alike.
 */
export function dedupe(): Transform {
  let young = new Map<string, FirstUnderKey>()
  let old = new Map<string, FirstUnderKey>()
  let youngSince = 0

  function turn(nowMs: number): void {
    if (nowMs - youngSince <= LIMITS.duplicateMs) return
    old = young
    young = new Map()
    youngSince = nowMs
  }

  return stage<Observed, Observed>((item) => {
    if (item.type === 'progress') turn(item.readUpToMs)
    if (item.type !== 'record' || item.fate === 'void' || item.appended.record.kind === 'typing') return item
    const { record, at } = item.appended
    turn(at)
    const id = `${record.room} ${record.member} ${record.key}`
    const known = young.get(id) ?? old.get(id)
    if (known !== undefined && at - known.at < LIMITS.duplicateMs) return { ...item, fate: 'duplicate', first: known }
    const first: FirstUnderKey = { at, outcome: undefined }
    young.set(id, first)
    return { ...item, first }
  })
}
