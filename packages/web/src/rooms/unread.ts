import type { TimelineItem, TimelineMessage } from '@whisperrooms/client'
import type { ReadMark } from './kept-rooms.ts'

export function markOf(message: TimelineMessage): ReadMark {
  return { epoch: message.epoch, offset: message.offset, at: message.at }
}

/** The mark after everything that is in the timeline now. */
export function markAtEnd(timeline: readonly TimelineItem[], otherwise: ReadMark | undefined): ReadMark | undefined {
  for (let i = timeline.length - 1; i >= 0; i--) {
    const item = timeline[i]
    if (item?.kind === 'message') return markOf(item)
  }
  return otherwise
}

/** Offsets of different epochs cannot be compared; their times can. */
export function isRead(message: TimelineMessage, mark: ReadMark | undefined): boolean {
  if (mark === undefined) return false
  return message.epoch === mark.epoch ? message.offset <= mark.offset : message.at <= mark.at
}

/** @returns how many messages of others are alive and unread. One's own say nothing new. */
export function unreadIn(timeline: readonly TimelineItem[], mark: ReadMark | undefined): number {
  let count = 0
  for (let i = timeline.length - 1; i >= 0; i--) {
    const item = timeline[i]
    if (item?.kind !== 'message') continue
    if (isRead(item, mark)) break
    if (!item.own) count++
  }
  return count
}
