import type { ErrorCode } from '@whisperrooms/protocol'
import type { Forgettable } from './keyed.ts'

/** Points are half as many after this long, in milliseconds. */
const HALF_LIFE_MS = 10_000
/** At so many times `limit` points a second, for as long as it takes, the score comes to `limit`. */
export const SUSTAINED_PER_SECOND = Math.LN2 / (HALF_LIFE_MS / 1_000)
/** Fewer points than this are none. */
const NOTHING = 0.01

/** What a client can do that a correct one does not, or not as often. */
export type Offence = ErrorCode | 'control_frame'

/**
 * Points by offence: full ones for what only a broken or hostile client sends, small ones for what a correct client meets as
 * well, and pings and pongs of the WebSocket layer, which are cheap. What is not here costs nothing.
 */
const POINTS: Partial<Record<Offence, number>> = {
  bad_frame: 2,
  unknown_type: 1,
  join_first: 2,
  already_joined: 2,
  bad_name: 1,
  bad_ttl: 1,
  bad_before: 0.5,
  too_long: 1,
  not_allowed: 1,
  unknown_target: 0.5,
  not_supported: 1,
  rate_limited: 0.5,
  held: 0.05,
  room_busy: 0.05,
  server_full: 0.05,
  bus_unavailable: 0.05,
  control_frame: 0.2,
}

export const pointsOf = (offence: Offence): number => POINTS[offence] ?? 0

/** Points for offences, which decay: whoever errs now and then stays, whoever does nothing else does not. */
export class AbuseScore implements Forgettable {
  #points = 0
  #atMs: number

  constructor(nowMs: number) {
    this.#atMs = nowMs
  }

  add(points: number, nowMs: number): void {
    this.#points = this.points(nowMs) + points
  }

  points(nowMs: number): number {
    this.#points *= 2 ** (-Math.max(0, nowMs - this.#atMs) / HALF_LIFE_MS)
    this.#atMs = nowMs
    return this.#points
  }

  /** Milliseconds until no more than `points` are left. */
  waitMs(points: number, nowMs: number): number {
    const now = this.points(nowMs)
    return now <= points ? 0 : Math.ceil(Math.log2(now / points) * HALF_LIFE_MS)
  }

  isFresh(nowMs: number): boolean {
    return this.points(nowMs) < NOTHING
  }
}
