import { BEFORE_FIRST, type Offset } from '@whisperrooms/protocol'
import type { Author } from './author.ts'
import { headerBytes, writeHeader } from './frame-bytes.ts'
import { ENTRY, type EntryKind, Segment, SLOT_BYTES } from './segment.ts'
import { Vanished } from './vanished.ts'

/** Frames are written once, into segments of 2 KiB that grow to 64 KiB while the room is busy (docs/adr/0002). */
const FIRST_SEGMENT_BYTES = 2 * 1024
const LARGEST_SEGMENT_BYTES = 64 * 1024

/** What goes into the log: `head` is ASCII, `tail` follows it byte for byte. */
export interface Entry {
  readonly kind: EntryKind
  readonly offset: Offset
  /** Bus time in milliseconds; `Infinity` for what has none. */
  readonly deadlineMs: number
  readonly author: Author
  readonly head: string
  readonly tail: Uint8Array | undefined
}

/** Living frames that lie side by side, one `subarray`, no copy: the entries from index `from` up to, not including, `next`. */
export interface Stretch {
  readonly segment: Segment
  readonly bytes: Buffer
  readonly from: number
  readonly next: number
  readonly firstOffset: Offset
  readonly lastOffset: Offset
}

/** Where an entry lies. */
interface Place {
  readonly segment: Segment
  readonly entry: number
}

/**
 * A room's log: an append-only run of ready-to-send frames. Entries are counted by an index that only grows; a reader's
 * position is such an index. Nothing here is kept per message but its bytes and one slot.
 */
export class RoomLog {
  readonly vanished = new Vanished()
  /** The last offset that is known to be missing, and may have been alive. */
  lostTo = BEFORE_FIRST
  #segments: Segment[] = []
  #nextIndex = 0
  #nextSize = FIRST_SEGMENT_BYTES
  #bytes = 0
  #messages = 0
  #transients: number[] = []
  #soonest = Number.POSITIVE_INFINITY

  /** The index the next entry will get: the position of a reader who has seen everything. */
  get tail(): number {
    return this.#nextIndex
  }

  /** The index of the first entry that can still be read. */
  get start(): number {
    const first = this.#segments[0]
    return first === undefined ? this.#nextIndex : first.firstIndex + first.head
  }

  /** Bytes of memory held by segments. */
  get bytes(): number {
    return this.#bytes
  }

  /** Living messages. */
  get messages(): number {
    return this.#messages
  }

  get isEmpty(): boolean {
    return this.#segments.length === 0
  }

  get hasTransients(): boolean {
    return this.#transients.length > 0
  }

  /** The soonest deadline of anything alive; `Infinity` when nothing has one. */
  get soonestDeadline(): number {
    return this.#soonest
  }

  append(entry: Entry): void {
    const tailBytes = entry.tail === undefined ? 0 : entry.tail.length
    const payload = entry.head.length + tailBytes
    const frame = headerBytes(payload) + payload
    const segment = this.#segmentFor(frame, entry.kind)
    let at = writeHeader(segment.bytes, segment.end, payload)
    at += segment.bytes.write(entry.head, at, 'latin1')
    if (entry.tail !== undefined) segment.bytes.set(entry.tail, at)
    segment.commit(entry.kind, entry.offset, entry.deadlineMs, entry.author, frame)
    if (entry.deadlineMs < this.#soonest) this.#soonest = entry.deadlineMs
    if (entry.kind === ENTRY.message) this.#messages++
    if (entry.kind === ENTRY.transient) this.#transients.push(this.#nextIndex)
    this.#nextIndex++
  }

  /** Notes that something up to `offset` is missing, and nobody knows how much. */
  lose(offset: Offset): void {
    this.lostTo = offset
    this.vanished.addUnknown(offset)
  }

  /** Notes that what would come next is not there: every reader stops at this place, and asks what has vanished. */
  appendHole(): void {
    this.#nextIndex++
  }

  /**
   * The first living stretch at or after `index` and before `until`, up to `maxBytes` (at least one frame).
   *
   * @returns `undefined` when nothing alive is left there.
   */
  read(index: number, until: number, nowMs: number, maxBytes: number, which = readable): Stretch | undefined {
    for (const segment of this.#segments) {
      if (segment.firstIndex + segment.count <= index) continue
      const stop = Math.min(segment.count, until - segment.firstIndex)
      let entry = Math.max(segment.head, index - segment.firstIndex)
      while (entry < stop && !which(segment, entry, nowMs)) entry++
      if (entry >= stop) continue
      const from = segment.startAt(entry)
      let last = entry
      while (last + 1 < stop && which(segment, last + 1, nowMs) && segment.endAt(last + 1) - from <= maxBytes) last++
      return {
        segment,
        bytes: segment.bytes.subarray(from, segment.endAt(last)),
        from: segment.firstIndex + entry,
        next: segment.firstIndex + last + 1,
        firstOffset: segment.offsetAt(entry),
        lastOffset: segment.offsetAt(last),
      }
    }
    return undefined
  }

  /** The index of the first entry whose offset is above `offset`. */
  indexAfter(offset: Offset): number {
    for (const segment of this.#segments) {
      if (segment.offsetAt(segment.count - 1) <= offset) continue
      let low = 0
      let high = segment.count - 1
      while (low < high) {
        const middle = (low + high) >> 1
        if (segment.offsetAt(middle) > offset) high = middle
        else low = middle + 1
      }
      return segment.firstIndex + low
    }
    return this.#nextIndex
  }

  /** Living, lasting entries from `index` to the tail, and their bytes. */
  measure(index: number, nowMs: number): { frames: number; bytes: number } {
    let frames = 0
    let bytes = 0
    this.#eachBackwards(this.#nextIndex, index, nowMs, (segment, entry) => {
      frames++
      bytes += segment.endAt(entry) - segment.startAt(entry)
      return true
    })
    return { frames, bytes }
  }

  /**
   * Where the newest living messages before `end` begin, within both limits, and not before `from`.
   *
   * @returns the index, and whether living messages before it were left out.
   */
  newest(
    end: number,
    from: number,
    nowMs: number,
    maxFrames: number,
    maxBytes: number,
  ): { index: number; more: boolean } {
    let index = end
    let more = false
    let frames = 0
    let bytes = 0
    this.#eachBackwards(end, from, nowMs, (segment, entry) => {
      const isMessage = segment.kindAt(entry) === ENTRY.message
      frames++
      bytes += segment.endAt(entry) - segment.startAt(entry)
      if (frames > maxFrames || bytes > maxBytes) {
        more ||= isMessage
        return !more
      }
      index = segment.firstIndex + entry
      return true
    })
    return { index, more }
  }

  /** The frame, deadline and author of a living message, by its offset. */
  find(offset: Offset, nowMs: number): { frame: Buffer; deadlineMs: number; author: Author } | undefined {
    const place = this.#placeOf(this.indexAfter((offset - 1) as Offset))
    if (place === undefined) return undefined
    const { segment, entry } = place
    if (segment.offsetAt(entry) !== offset || segment.kindAt(entry) !== ENTRY.message) return undefined
    if (segment.deadlineAt(entry) <= nowMs) return undefined
    return {
      frame: segment.bytes.subarray(segment.startAt(entry), segment.endAt(entry)),
      deadlineMs: segment.deadlineAt(entry),
      author: segment.authorAt(entry),
    }
  }

  /** The offset before which a reader at `index` has seen everything; `fallback` when `index` is the tail. */
  offsetBefore(index: number, fallback: Offset): Offset {
    for (const segment of this.#segments) {
      if (segment.firstIndex + segment.count <= index) continue
      // The entry at `index` itself may be gone with its segment: then the next one counts.
      return (segment.offsetAt(Math.max(0, index - segment.firstIndex)) - 1) as Offset
    }
    return fallback
  }

  /** Takes one message out at once, for good: it does not count as missed. */
  remove(offset: Offset): void {
    const place = this.#placeOf(this.indexAfter((offset - 1) as Offset))
    if (place === undefined || place.segment.offsetAt(place.entry) !== offset) return
    if (place.segment.kindAt(place.entry) !== ENTRY.message) return
    this.#drop(place.segment, place.entry)
    this.#afterRemovals()
  }

  /** Takes out every message before `offset`. */
  removeMessagesBefore(offset: Offset): void {
    for (const segment of this.#segments)
      for (let entry = segment.head; entry < segment.count; entry++)
        if (segment.kindAt(entry) === ENTRY.message && segment.offsetAt(entry) < offset) this.#drop(segment, entry)
    this.#afterRemovals()
  }

  /**
   * Makes up to `budget` entries whose deadline has come vanish.
   *
   * @returns how many it made vanish; fewer than `budget` means that nothing more is due.
   */
  expire(nowMs: number, budget: number): number {
    if (this.#soonest > nowMs) return 0
    let expired = 0
    for (const segment of this.#segments) {
      if (segment.soonestDeadline > nowMs) continue
      for (let entry = segment.head; entry < segment.count && expired < budget; entry++) {
        if (segment.kindAt(entry) === ENTRY.hole || segment.deadlineAt(entry) > nowMs) continue
        if (segment.kindAt(entry) === ENTRY.message) this.vanished.add(segment.offsetAt(entry), segment.authorAt(entry))
        this.#drop(segment, entry)
        expired++
      }
      if (expired === budget) break
    }
    this.#afterRemovals()
    return expired
  }

  /** Drops the oldest segments until at most `maxBytes` are held. @returns how many living messages went with them. */
  evict(maxBytes: number): number {
    let evicted = 0
    while (this.#bytes > maxBytes && this.#segments.length > 1) {
      const segment = this.#segments[0] as Segment
      for (let entry = segment.head; entry < segment.count; entry++) {
        const kind = segment.kindAt(entry)
        if (kind === ENTRY.hole) continue
        if (kind === ENTRY.message) {
          this.vanished.add(segment.offsetAt(entry), segment.authorAt(entry))
          evicted++
        }
        this.#drop(segment, entry)
      }
      this.#afterRemovals()
    }
    return evicted
  }

  /** Makes the transient entries before `index` holes: whoever was to see them has. */
  retireTransients(index: number): void {
    if (this.#transients.length === 0) return
    let retired = 0
    for (const transient of this.#transients) {
      if (transient >= index) break
      retired++
      const place = this.#placeOf(transient)
      if (place !== undefined && place.segment.kindAt(place.entry) === ENTRY.transient)
        this.#drop(place.segment, place.entry)
    }
    this.#transients.splice(0, retired)
    if (retired > 0) this.#afterRemovals()
  }

  #segmentFor(frameBytes: number, kind: EntryKind): Segment {
    const last = this.#segments.at(-1)
    // When what was behind the last segment is gone, an entry in it would get a wrong index.
    const isContinued = last !== undefined && last.firstIndex + last.count === this.#nextIndex
    if (isContinued && last.hasRoomFor(frameBytes)) return last
    if (last === undefined) this.#nextSize = FIRST_SEGMENT_BYTES
    // What is gone with the next flush is no reason for a large segment.
    const isPassing = kind === ENTRY.transient
    let size = isPassing ? FIRST_SEGMENT_BYTES : this.#nextSize
    while (size < frameBytes + SLOT_BYTES) size *= 2
    if (!isPassing) this.#nextSize = Math.min(LARGEST_SEGMENT_BYTES, this.#nextSize * 2)
    const segment = new Segment(this.#nextIndex, size)
    this.#segments.push(segment)
    this.#bytes += size
    return segment
  }

  #drop(segment: Segment, entry: number): void {
    if (segment.kindAt(entry) === ENTRY.message) this.#messages--
    segment.remove(entry)
  }

  #afterRemovals(): void {
    let soonest = Number.POSITIVE_INFINITY
    let kept = 0
    for (const segment of this.#segments) {
      if (segment.alive === 0) {
        this.#bytes -= segment.bytes.length
        continue
      }
      segment.refreshDeadline()
      if (segment.soonestDeadline < soonest) soonest = segment.soonestDeadline
      this.#segments[kept++] = segment
    }
    this.#segments.length = kept
    this.#soonest = soonest
  }

  #placeOf(index: number): Place | undefined {
    for (const segment of this.#segments) {
      if (index < segment.firstIndex) return undefined
      if (index < segment.firstIndex + segment.count) return { segment, entry: index - segment.firstIndex }
    }
    return undefined
  }

  /** Visits living, lasting entries from before `end` down to `from`, until `visit` says stop. */
  #eachBackwards(end: number, from: number, nowMs: number, visit: (segment: Segment, entry: number) => boolean): void {
    for (let i = this.#segments.length - 1; i >= 0; i--) {
      const segment = this.#segments[i] as Segment
      const last = Math.min(segment.count, end - segment.firstIndex) - 1
      const first = Math.max(segment.head, from - segment.firstIndex)
      for (let entry = last; entry >= first; entry--) {
        if (!lasting(segment, entry, nowMs)) continue
        if (!visit(segment, entry)) return
      }
    }
  }
}

/** Whether it is there to be read, also by somebody who comes later. */
export function lasting(segment: Segment, entry: number, nowMs: number): boolean {
  return readable(segment, entry, nowMs) && segment.kindAt(entry) !== ENTRY.transient
}

function readable(segment: Segment, entry: number, nowMs: number): boolean {
  return segment.kindAt(entry) !== ENTRY.hole && segment.deadlineAt(entry) > nowMs
}
