import type { ConnectionState, RoomSnapshot } from '@whisperrooms/client'
import { words } from '../words.ts'

/** What the connection bar says. */
export interface BarWords {
  readonly text: string
  /** `undefined`: an attempt is being made, or nobody knows when. */
  readonly retryInSeconds: number | undefined
  /** An attempt is being made. */
  readonly trying: boolean
  /** There is a next attempt that could be made now: also offline, because what browsers say of that is not always true. */
  readonly mayTryNow: boolean
}

/** A connection that comes back sooner is not worth a word. */
export const QUIET_MS = 2000

/**
 * @param now the connection's clock, in milliseconds.
 * @param downMs for how long the connection has not been live.
 * @returns `undefined` while there is nothing to say.
 */
export function barWords(
  { connection, outbox }: Pick<RoomSnapshot, 'connection' | 'outbox'>,
  now: number,
  downMs: number,
): BarWords | undefined {
  const unsent = outbox.filter(({ state }) => state !== 'failed').length
  const say = (text: string, rest: Partial<BarWords> = {}): BarWords => ({
    text: unsent === 0 ? text : `${text} · ${words.connection.waiting(unsent)}`,
    retryInSeconds: undefined,
    trying: false,
    mayTryNow: false,
    ...rest,
  })
  switch (connection.status) {
    case 'live':
      return outbox.some(({ code }) => code === 'bus_unavailable') ? say(words.connection.bus) : undefined
    case 'closed':
      return undefined
    case 'connecting':
      return downMs < QUIET_MS ? undefined : say(words.connection.lost, { trying: true })
    case 'waiting': {
      if (downMs < QUIET_MS) return undefined
      const { retryAtMs } = connection
      if (retryAtMs === undefined) return say(words.connection.offline, { mayTryNow: true })
      const seconds = Math.max(1, Math.ceil((retryAtMs - now) / 1000))
      return say(reason(connection.why), { retryInSeconds: seconds, mayTryNow: true })
    }
  }
}

function reason(why: Extract<ConnectionState, { status: 'waiting' }>['why']): string {
  switch (why) {
    case 'bus_unavailable':
      return words.connection.bus
    case 'room_full':
      return words.connection.full
    case 'room_busy':
      return words.connection.busy
    case 'server_full':
      return words.connection.serverFull
    default:
      return words.connection.lost
  }
}
