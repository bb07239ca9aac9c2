import type { Epoch, MessageFrame, Offset } from '@whisperrooms/protocol'
import type { TimelineItem, TimelineMessage, TimelineVanished } from './types.ts'

/** A key is remembered at least this long: longer than two copies of a message can be apart. */
const REMEMBER_MS = 30_000
/** More notes of vanished messages than this say nothing more. */
const MOST_NOTES = 8

/** The message when it is new here; `known` when its (member, key) was here before, `dead` when it came past its deadline. */
export type Outcome = TimelineMessage | 'known' | 'dead'

/**
 * The messages of a room that are alive, ordered by (epoch, offset), each (member, key) once, and the notes of what vanished unseen.
 * Epochs are ordered by their arrival.
 */
export interface Timeline {
  /** Offsets mean those of `epoch` from here on. */
  enter(epoch: Epoch): void
  add(frame: MessageFrame, own: boolean, deadlineMs: number, nowMs: number): Outcome
  /** Removes messages of the current epoch. @returns whether all of them had been here. */
  remove(targets: readonly Offset[]): boolean
  /** Removes everything before `upTo` of the current epoch. */
  removeBefore(upTo: Offset): void
  /** Notes that `count` messages vanished unseen after `offset` of the current epoch; the note lasts until `deadlineMs`. */
  vanish(count: number | null, offset: Offset, deadlineMs: number): void
  /** The log is replayed again from `offset`: what is here after it and does not come again was removed meanwhile. */
  recheck(offset: Offset): void
  /** The replay has come up to `offset`. */
  rechecked(offset: Offset): void
  /** Removes what is past its deadline. @returns whether there was any. */
  purge(nowMs: number): boolean
  /** When `purge` has something to do next, on the monotonic clock; infinite when never. */
  soonestMs(): number
  /** The same array until something changes. */
  items(): readonly TimelineItem[]
  clear(): void
}

interface Entry {
  /** Number of the epoch, in order of arrival. */
  readonly epochs: number
  /** Notes stand half a step after the offset they follow. */
  readonly offset: number
  readonly deadlineMs: number
  readonly item: TimelineItem
}

export function createTimeline(): Timeline {
  let entries: Entry[] = []
  let view: readonly TimelineItem[] | undefined = []
  /** (member, key) → the epoch it was last seen in, and when it may be forgotten. */
  const known = new Map<string, { readonly epochs: number; readonly untilMs: number }>()
  let soonestMs = Number.POSITIVE_INFINITY
  let forgetMs = Number.POSITIVE_INFINITY
  let epoch: Epoch | undefined
  let epochs = 0
  let notes = 0
  let unconfirmed: Set<number> | undefined

  const isCurrent = (entry: Entry) => entry.epochs === epochs && entry.item.kind === 'message'

  function insert(entry: Entry): void {
    let at = entries.length
    for (; at > 0; at--) {
      const before = entries[at - 1]
      if (before === undefined || !isAfter(before, entry)) break
    }
    if (at === entries.length) entries.push(entry)
    else entries.splice(at, 0, entry)
    soonestMs = Math.min(soonestMs, entry.deadlineMs)
    view = undefined
  }

  /** Keeps what passes, makes one note of those with nothing alive between them. @returns whether anything changed. */
  function keep(passes: (entry: Entry) => boolean): boolean {
    const before = entries.length
    const kept: Entry[] = []
    let last: Entry | undefined
    soonestMs = Number.POSITIVE_INFINITY
    for (let entry of entries) {
      if (!passes(entry)) continue
      if (entry.item.kind === 'vanished' && last?.item.kind === 'vanished') {
        kept.pop()
        entry = merge(last, last.item, entry, entry.item)
      }
      kept.push(entry)
      last = entry
      if (entry.deadlineMs < soonestMs) soonestMs = entry.deadlineMs
    }
    entries = kept
    if (kept.length === before) return false
    view = undefined
    return true
  }

  function purge(nowMs: number): boolean {
    if (nowMs >= forgetMs) {
      for (const [id, { untilMs }] of known) if (untilMs <= nowMs) known.delete(id)
      forgetMs = known.size > 0 ? nowMs + REMEMBER_MS : Number.POSITIVE_INFINITY
    }
    return nowMs >= soonestMs && keep(({ deadlineMs }) => deadlineMs > nowMs)
  }

  return {
    purge,
    soonestMs: () => Math.min(soonestMs, forgetMs),

    enter(next) {
      epoch = next
      epochs++
      unconfirmed = undefined
    },

    add(frame, own, deadlineMs, nowMs) {
      if (epoch === undefined) return 'known'
      const { offset, key, from, text, replyTo, at, expires } = frame
      const id = `${from.id}:${key}`
      const before = known.get(id)
      if (before?.epochs === epochs) {
        unconfirmed?.delete(offset)
        return 'known'
      }
      // Sent again after its epoch was lost: it is shown where the log has it now, unless it was removed or died.
      if (before !== undefined && !keep((entry) => entry.item.id !== id)) return 'known'
      known.set(id, { epochs, untilMs: Math.max(deadlineMs, nowMs + REMEMBER_MS) })
      forgetMs = Math.min(forgetMs, nowMs + REMEMBER_MS)
      if (deadlineMs <= nowMs) return before === undefined ? 'dead' : 'known'
      const item: TimelineMessage = {
        kind: 'message',
        id,
        epoch,
        offset,
        key,
        from,
        own,
        text,
        replyTo,
        at,
        expires,
        deadlineMs,
      }
      insert({ epochs, offset, deadlineMs, item })
      return before === undefined ? item : 'known'
    },

    remove(targets) {
      const gone = new Set<number>(targets)
      let known = 0
      keep((entry) => {
        const goes = isCurrent(entry) && gone.has(entry.offset)
        if (goes) known++
        return !goes
      })
      return known === gone.size
    },

    removeBefore(upTo) {
      keep((entry) => entry.epochs === epochs && entry.offset >= upTo)
    },

    vanish(count, offset, deadlineMs) {
      if (count === 0) return
      const item: TimelineVanished = { kind: 'vanished', id: `vanished-${++notes}`, count }
      insert({ epochs, offset: offset + 0.5, deadlineMs, item })
      keep(() => true)
      const all = entries.filter(({ item }) => item.kind === 'vanished')
      if (all.length > MOST_NOTES) keep((entry) => entry !== all[0])
    },

    recheck(offset) {
      unconfirmed = new Set(entries.filter((e) => isCurrent(e) && e.offset > offset).map((e) => e.offset))
    },

    rechecked(offset) {
      const gone = unconfirmed
      unconfirmed = undefined
      if (gone !== undefined && gone.size > 0) {
        keep((entry) => !(isCurrent(entry) && entry.offset <= offset && gone.has(entry.offset)))
      }
    },

    items() {
      view ??= entries.map(({ item }) => item)
      return view
    },

    clear() {
      known.clear()
      forgetMs = Number.POSITIVE_INFINITY
      keep(() => false)
    },
  }
}

const isAfter = (a: Entry, b: Entry) => a.epochs > b.epochs || (a.epochs === b.epochs && a.offset > b.offset)

function merge(first: Entry, { id, count: a }: TimelineVanished, entry: Entry, { count: b }: TimelineVanished): Entry {
  const item = { kind: 'vanished', id, count: a === null || b === null ? null : a + b } as const
  return { ...entry, deadlineMs: Math.max(first.deadlineMs, entry.deadlineMs), item }
}
