import type { Offset } from '@whisperrooms/protocol'
import { ENTRY, Segment, SLOT_BYTES } from './segment.ts'

/** Frames are written once, into segments of 2 KiB that grow to 64 KiB while the room is busy (docs/adr/0002). */
const FIRST_SEGMENT_BYTES = 2 * 1024
const LARGEST_SEGMENT_BYTES = 64 * 1024

/** Where an entry lies. */
export interface Place {
  readonly segment: Segment
  readonly entry: number
}

/** The segments of one log: how they grow with it and go, and where in them an entry lies. */
export class Segments {
  /** From old to new; every one has something alive in it, but between a removal and `dropEmpty`. */
  readonly list: Segment[] = []
  /** Bytes of memory held. */
  bytes = 0
  readonly #grew: (bytes: number) => void
  #nextSize = FIRST_SEGMENT_BYTES

  /** @param grew told how much more memory is held, or less. */
  constructor(grew: (bytes: number) => void) {
    this.#grew = grew
  }

  /**
   * The segment into which the entry with the log's next index goes.
   *
   * @param isPassing it is gone with the next flush: no reason for a large segment.
   */
  forEntry(index: number, frameBytes: number, isPassing: boolean): Segment {
    const last = this.list.at(-1)
    // When what was behind the last segment is gone, an entry in it would get a wrong index.
    const isContinued = last !== undefined && last.firstIndex + last.count === index
    if (isContinued && last.hasRoomFor(frameBytes)) return last
    if (last === undefined) this.#nextSize = FIRST_SEGMENT_BYTES
    let size = isPassing ? FIRST_SEGMENT_BYTES : this.#nextSize
    while (size < frameBytes + SLOT_BYTES) size *= 2
    if (!isPassing) this.#nextSize = Math.min(LARGEST_SEGMENT_BYTES, this.#nextSize * 2)
    const segment = new Segment(index, size)
    this.list.push(segment)
    this.#grow(size)
    return segment
  }

  placeOf(index: number): Place | undefined {
    for (const segment of this.list) {
      if (index < segment.firstIndex) return undefined
      if (index < segment.firstIndex + segment.count) return { segment, entry: index - segment.firstIndex }
    }
    return undefined
  }

  /** The index of the first entry whose offset is above `offset`; `undefined` when there is none. */
  indexAfter(offset: Offset): number | undefined {
    for (const segment of this.list) {
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
    return undefined
  }

  /** The offset before which a reader at `index` has seen everything; `undefined` when nothing is left there. */
  offsetBefore(index: number): Offset | undefined {
    for (const segment of this.list) {
      if (segment.firstIndex + segment.count <= index) continue
      // The entry at `index` itself may be gone with its segment: then the next one counts.
      return (segment.offsetAt(Math.max(0, index - segment.firstIndex)) - 1) as Offset
    }
    return undefined
  }

  /** Visits living, lasting entries from before `end` down to `from`, until `visit` says stop. */
  eachBackwards(end: number, from: number, nowMs: number, visit: (segment: Segment, entry: number) => boolean): void {
    for (let i = this.list.length - 1; i >= 0; i--) {
      const segment = this.list[i] as Segment
      const last = Math.min(segment.count, end - segment.firstIndex) - 1
      const first = Math.max(segment.head, from - segment.firstIndex)
      for (let entry = last; entry >= first; entry--) {
        if (!lasting(segment, entry, nowMs)) continue
        if (!visit(segment, entry)) return
      }
    }
  }

  /** Drops segments with nothing alive. @returns the soonest deadline of anything in the others. */
  dropEmpty(): number {
    let soonest = Number.POSITIVE_INFINITY
    let kept = 0
    for (const segment of this.list) {
      if (segment.alive === 0) {
        this.#grow(-segment.bytes.length)
        continue
      }
      segment.refreshDeadline()
      if (segment.soonestDeadline < soonest) soonest = segment.soonestDeadline
      this.list[kept++] = segment
    }
    this.list.length = kept
    return soonest
  }

  #grow(bytes: number): void {
    this.bytes += bytes
    this.#grew(bytes)
  }
}

/** Whether it is there to be read, also by somebody who comes later. */
export function lasting(segment: Segment, entry: number, nowMs: number): boolean {
  return readable(segment, entry, nowMs) && segment.kindAt(entry) !== ENTRY.transient
}

/** Whether it is there to be read. */
export function readable(segment: Segment, entry: number, nowMs: number): boolean {
  return segment.kindAt(entry) !== ENTRY.hole && segment.deadlineAt(entry) > nowMs
}
