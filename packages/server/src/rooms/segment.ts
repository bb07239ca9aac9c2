import type { Offset } from '@whisperrooms/protocol'
import type { Author } from './author.ts'

/**
 * What an entry is to a reader.
 * - `hole`: gone; reads skip it.
 * - `message`: somebody's words; when it vanishes unseen, it counts as missed.
 * - `logged`: a change of the room or of a message; replayed while its deadline lasts.
 * - `transient`: rides in the flush it came with, and is a hole to every later reader.
 */
export const ENTRY = { hole: 0, message: 1, logged: 2, transient: 3 } as const
export type EntryKind = (typeof ENTRY)[keyof typeof ENTRY]

/** Bytes of an entry's slot: offset 8, deadline 8, author 12, end and kind 4. */
export const SLOT_BYTES = 32

/**
 * A stretch of a room's log in one allocation: ready-to-send frames grow from the front, one slot of facts per entry from
 * the back (the slotted page of databases), so neither wastes what the other needs.
 */
export class Segment {
  /** The log's index of entry 0. */
  readonly firstIndex: number
  readonly bytes: Buffer
  readonly #floats: Float64Array
  readonly #words: Uint32Array
  /** Entries written; those below `head` are all holes. */
  count = 0
  head = 0
  /** Bytes of frames written. */
  end = 0
  /** Entries that are not holes. */
  alive = 0
  /** The soonest deadline of a living entry; `Infinity` when none has one. */
  soonestDeadline = Number.POSITIVE_INFINITY
  #pins = 0
  #unwiped = false
  #stale = false

  constructor(firstIndex: number, size: number) {
    this.firstIndex = firstIndex
    this.bytes = Buffer.allocUnsafeSlow(size)
    this.#floats = new Float64Array(this.bytes.buffer)
    this.#words = new Uint32Array(this.bytes.buffer)
  }

  hasRoomFor(frameBytes: number): boolean {
    return this.end + frameBytes + (this.count + 1) * SLOT_BYTES <= this.bytes.length
  }

  /** Takes the `frameBytes` just written at `end` as an entry. */
  commit(kind: EntryKind, offset: Offset, deadlineMs: number, author: Author, frameBytes: number): void {
    const slot = ++this.count
    this.end += frameBytes
    const float = this.#floats.length - slot * 4
    this.#floats[float] = offset
    this.#floats[float + 1] = deadlineMs
    const word = this.#words.length - slot * 8
    this.#words[word + 4] = author.high
    this.#words[word + 5] = author.middle
    this.#words[word + 6] = author.low
    this.#words[word + 7] = (this.end << 2) | kind
    this.alive++
    if (deadlineMs < this.soonestDeadline) this.soonestDeadline = deadlineMs
  }

  offsetAt(entry: number): Offset {
    return this.#floats[this.#floats.length - (entry + 1) * 4] as Offset
  }

  deadlineAt(entry: number): number {
    return this.#floats[this.#floats.length - (entry + 1) * 4 + 1] as number
  }

  kindAt(entry: number): EntryKind {
    return ((this.#words[this.#words.length - (entry + 1) * 8 + 7] as number) & 3) as EntryKind
  }

  endAt(entry: number): number {
    return (this.#words[this.#words.length - (entry + 1) * 8 + 7] as number) >>> 2
  }

  startAt(entry: number): number {
    return entry === 0 ? 0 : this.endAt(entry - 1)
  }

  authorAt(entry: number): Author {
    const word = this.#words.length - (entry + 1) * 8
    return {
      high: this.#words[word + 4] as number,
      middle: this.#words[word + 5] as number,
      low: this.#words[word + 6] as number,
    }
  }

  /** Makes an entry a hole and its bytes zeros. */
  remove(entry: number): void {
    this.#words[this.#words.length - (entry + 1) * 8 + 7] = (this.endAt(entry) << 2) | ENTRY.hole
    this.alive--
    this.#stale = true
    if (this.#pins > 0) this.#unwiped = true
    else this.bytes.fill(0, this.startAt(entry), this.endAt(entry))
    if (entry === this.head) this.#moveHead()
  }

  /** Recomputes `soonestDeadline` where entries were removed. */
  refreshDeadline(): void {
    if (!this.#stale) return
    this.#stale = false
    let soonest = Number.POSITIVE_INFINITY
    for (let entry = this.head; entry < this.count; entry++) {
      if (this.kindAt(entry) === ENTRY.hole) continue
      const deadline = this.deadlineAt(entry)
      if (deadline < soonest) soonest = deadline
    }
    this.soonestDeadline = soonest
  }

  /** A socket has begun to write from these bytes: they stay as they are until `unpin`. */
  pin(): void {
    this.#pins++
  }

  unpin(): void {
    this.#pins--
    if (this.#pins > 0 || !this.#unwiped) return
    this.#unwiped = false
    for (let entry = 0; entry < this.count; entry++)
      if (this.kindAt(entry) === ENTRY.hole) this.bytes.fill(0, this.startAt(entry), this.endAt(entry))
  }

  #moveHead(): void {
    while (this.head < this.count && this.kindAt(this.head) === ENTRY.hole) this.head++
  }
}
