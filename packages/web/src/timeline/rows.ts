import type { TimelineItem, TimelineMessage } from '@whisperrooms/client'
import type { ReadMark } from '../rooms/kept-rooms.ts'
import { isRead } from '../rooms/unread.ts'

/** What stands in one line of the timeline. */
export type Row =
  | {
      readonly kind: 'message'
      readonly id: string
      readonly message: TimelineMessage
      /** It begins a group: author and time are shown. */
      readonly head: boolean
    }
  | { readonly kind: 'vanished'; readonly id: string; readonly count: number | null }
  | { readonly kind: 'new'; readonly id: string }
  | { readonly kind: 'day'; readonly id: string; readonly at: number }

const MINUTE = 60_000
const DAY = 24 * 60 * MINUTE

/**
 * Whether a message continues the one before it: same author, same name, within a minute. It is compared with its
 * neighbour and not with the beginning of the group, so that a vanishing message changes nothing but the next one.
 */
export function continues(previous: TimelineMessage, message: TimelineMessage): boolean {
  return (
    previous.from.id === message.from.id &&
    previous.from.name === message.from.name &&
    message.at - previous.at < MINUTE
  )
}

/** @param newFrom the first message of others after this mark gets a divider; `undefined` for none. */
export function rowsOf(timeline: readonly TimelineItem[], newFrom: ReadMark | undefined): readonly Row[] {
  const rows: Row[] = []
  let previous: TimelineMessage | undefined
  let before: number | undefined
  let marked = newFrom === undefined
  const last = timeline.findLast((item) => item.kind === 'message')
  const zone = last === undefined ? 0 : zoneOf(last.at)
  for (const item of timeline) {
    if (item.kind === 'vanished') {
      rows.push({ kind: 'vanished', id: item.id, count: item.count })
      previous = undefined
      continue
    }
    const day = dayOf(item.at, zone)
    if (before !== undefined && before !== day) {
      rows.push({ kind: 'day', id: `day ${day}`, at: item.at })
      previous = undefined
    }
    if (!marked && !item.own && !isRead(item, newFrom)) {
      // Nothing seen is left above, so there is nothing to divide from.
      if (before !== undefined) rows.push({ kind: 'new', id: 'new' })
      marked = true
      previous = undefined
    }
    rows.push({
      kind: 'message',
      id: item.id,
      message: item,
      head: previous === undefined || !continues(previous, item),
    })
    previous = item
    before = day
  }
  return rows
}

/** In the reader's time zone. Its offset is asked for once per list: two dates for each of 5,000 messages would be slow. */
function dayOf(at: number, zoneMs: number): number {
  return Math.floor((at - zoneMs) / DAY)
}

function zoneOf(at: number): number {
  return new Date(at).getTimezoneOffset() * MINUTE
}
