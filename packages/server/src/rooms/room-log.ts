import { BEFORE_FIRST, type Offset } from '@whisperrooms/protocol'
import type { Author } from './author.ts'
import { headerBytes, writeHeader } from './frame-bytes.ts'
import { type Reaction, Reactions } from './reactions.ts'
import { ENTRY, type EntryKind, type Segment } from './segment.ts'
import { readable, Segments } from './segments.ts'
import { Vanished } from './vanished.ts'

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

/**
 * A room's log: an append-only run of ready-to-send frames. Entries are counted by an index that only grows; a reader's
 * position is such an index. Nothing here is kept per message but its bytes and one slot.
 */
export class RoomLog {
  readonly vanished = new Vanished()
  /** Every message before this was removed. */
  burnedTo: Offset = BEFORE_FIRST
  readonly reactions = new Reactions()
  /** The last offset that is known to be missing, and may have been alive. */
  lostTo = BEFORE_FIRST
  readonly #segments: Segments
  #nextIndex = 0
  #messages = 0
  #transients: number[] = []
  #soonest = Number.POSITIVE_INFINITY

  /** @param grew told how much more memory the log takes, or less. */
  constructor(grew: (bytes: number) => void = () => undefined) {
    this.#segments = new Segments(grew)
  }

  /** The index the next entry will get: the position of a reader who has seen everything. */
  get tail(): number {
    return this.#nextIndex
  }

  /** The index of the first entry that can still be read. */
  get start(): number {
    const first = this.#segments.list[0]
    return first === undefined ? this.#nextIndex : first.firstIndex + first.head
  }

  /** Bytes of memory held by segments. */
  get bytes(): number {
    return this.#segments.bytes
  }

  /** Living messages. */
  get messages(): number {
    return this.#messages
  }

  get isEmpty(): boolean {
    return this.#segments.list.length === 0
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
    const segment = this.#segments.forEntry(this.#nextIndex, frame, entry.kind === ENTRY.transient)
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
    for (const segment of this.#segments.list) {
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
    return this.#segments.indexAfter(offset) ?? this.#nextIndex
  }

  /** Living, lasting entries from `index` to the tail, and their bytes. */
  measure(index: number, nowMs: number): { frames: number; bytes: number } {
    let frames = 0
    let bytes = 0
    this.#segments.eachBackwards(this.#nextIndex, index, nowMs, (segment, entry) => {
      frames++
      bytes += segment.endAt(entry) - segment.startAt(entry)
      return true
    })
    return { frames, bytes }
  }

  /**
   * Where the newest living messages before `end` begin, within both limits, and not before `from`. What is not a message, such as
   * reactions, takes nothing from them, but may take as many bytes in all.
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
    let otherBytes = 0
    this.#segments.eachBackwards(end, from, nowMs, (segment, entry) => {
      const isMessage = segment.kindAt(entry) === ENTRY.message
      const size = segment.endAt(entry) - segment.startAt(entry)
      if (isMessage) {
        frames++
        bytes += size
      } else otherBytes += size
      if (frames > maxFrames || bytes > maxBytes || otherBytes > maxBytes) {
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
    const place = this.#segments.placeOf(this.indexAfter((offset - 1) as Offset))
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
    return this.#segments.offsetBefore(index) ?? fallback
  }

  /** Takes one message out at once, for good, and the reactions to it: it does not count as missed. */
  remove(offset: Offset): void {
    const place = this.#segments.placeOf(this.indexAfter((offset - 1) as Offset))
    if (place?.segment.offsetAt(place.entry) === offset && place.segment.kindAt(place.entry) === ENTRY.message)
      this.#drop(place.segment, place.entry)
    for (const told of this.reactions.forget(offset)) this.#dropAt(told, ENTRY.logged)
    this.#afterRemovals()
  }

  /** What was appended last tells a reaction: it takes the place of what its member told of that emoji before. */
  tellsReaction(reaction: Reaction, deadlineMs: number): void {
    const before = this.reactions.told(reaction, deadlineMs, this.#nextIndex - 1)
    if (before === undefined) return
    this.#dropAt(before, ENTRY.logged)
    this.#afterRemovals()
  }

  /** Takes out every message before `offset`, and the reactions to it. */
  removeMessagesBefore(offset: Offset): void {
    this.burnedTo = offset
    for (const segment of this.#segments.list)
      for (let entry = segment.head; entry < segment.count; entry++)
        if (segment.kindAt(entry) === ENTRY.message && segment.offsetAt(entry) < offset) this.#drop(segment, entry)
    for (const told of this.reactions.forgetBefore(offset)) this.#dropAt(told, ENTRY.logged)
    this.#afterRemovals()
  }

  /**
   * Makes up to `budget` entries whose deadline has come vanish.
   *
   * @returns how many it made vanish; fewer than `budget` means that nothing more is due.
   */
  expire(nowMs: number, budget: number): number {
    this.reactions.expire(nowMs)
    if (this.#soonest > nowMs) return 0
    let expired = 0
    for (const segment of this.#segments.list) {
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
    while (this.#segments.bytes > maxBytes && this.#segments.list.length > 1) {
      const segment = this.#segments.list[0] as Segment
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
      this.#dropAt(transient, ENTRY.transient)
    }
    this.#transients.splice(0, retired)
    if (retired > 0) this.#afterRemovals()
  }

  /** Takes out what is at an index, unless it has gone already. */
  #dropAt(index: number, kind: EntryKind): void {
    const place = this.#segments.placeOf(index)
    if (place?.segment.kindAt(place.entry) === kind) this.#drop(place.segment, place.entry)
  }

  #drop(segment: Segment, entry: number): void {
    if (segment.kindAt(entry) === ENTRY.message) this.#messages--
    segment.remove(entry)
  }

  #afterRemovals(): void {
    this.#soonest = this.#segments.dropEmpty()
  }
}
