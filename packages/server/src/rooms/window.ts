import { type Epoch, type History, LIMITS, type Offset } from '@whisperrooms/protocol'
import type { RoomLog } from './room-log.ts'

/** What somebody who comes in can show for it. */
export interface Standing {
  /** Where they say they have been, when that is a place in this epoch; `undefined` otherwise. */
  readonly cursor: Offset | undefined
  /** From a valid ticket: the last offset applied when they were first let in. */
  readonly joined: Offset | undefined
}

/** Where a replay starts, and what it can promise. */
export interface Window {
  readonly index: number
  /** The replay starts behind this offset. */
  readonly offset: Offset
  readonly recovered: boolean
  readonly returning: boolean
  readonly more: boolean
}

/**
 * Decides what somebody who comes in is shown.
 *
 * A cursor is followed when a ticket shows that they have been here, and everything alive behind it can be delivered within the
 * limits of a resume; otherwise they get the newest living messages, as a newcomer does.
 */
export function windowFor(
  log: RoomLog,
  standing: Standing,
  history: History,
  lastOffset: Offset,
  nowMs: number,
): Window {
  const earliest = earliestVisible(log, standing, history)
  const { cursor } = standing
  const returning =
    cursor !== undefined && cursor <= lastOffset && cursor >= log.lostTo && standing.joined !== undefined
  if (returning) {
    const index = Math.max(log.indexAfter(cursor), earliest)
    const { frames, bytes } = log.measure(index, nowMs)
    if (frames <= LIMITS.resumeFrames && bytes <= LIMITS.resumeBytes)
      return { index, offset: cursor, recovered: true, returning: true, more: false }
  }
  const { index, more } = log.newest(log.tail, earliest, nowMs, LIMITS.replayFrames, LIMITS.replayBytes)
  return { index, offset: log.offsetBefore(index, lastOffset), recovered: false, returning: false, more }
}

/** The index before which nothing may be shown to them. */
export function earliestVisible(log: RoomLog, standing: Standing, history: History): number {
  if (history === 'live') return log.start
  return standing.joined === undefined ? log.tail : Math.max(log.start, log.indexAfter(standing.joined))
}

/** The place a client names, when it lies in this epoch. */
export function placeOf(
  cursor: { readonly epoch: string; readonly offset: Offset } | undefined,
  epoch: Epoch,
): Offset | undefined {
  return cursor?.epoch === epoch ? cursor.offset : undefined
}
