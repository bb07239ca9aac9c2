import { BEFORE_FIRST, type Epoch, type Offset } from '@whisperrooms/protocol'
import type { Author } from './author.ts'
import type { DeliveryMeter } from './delivery-meter.ts'
import { frameOf } from './frame-bytes.ts'
import type { ReplayWatch } from './replay-watch.ts'
import type { RoomLog, Stretch } from './room-log.ts'
import type { Segment } from './segment.ts'

/** Where a cursor's bytes go: one socket. */
export interface Sink {
  /**
   * Hands over bytes, in order.
   *
   * @returns whether they have left this process; when not, they must stay as they are until the cursor's `drained` is called,
   *   which the sink does once everything handed over has left.
   */
  write(bytes: Uint8Array): boolean
  /** Everything between `cork` and `uncork` may leave as one write. */
  cork(): void
  uncork(): boolean
  /** The reader lagged, and what was transient passed it by: tell it how things stand. */
  lagged(): void
  /** The room has been closed, at this place of its log. Nothing more comes; whoever reads leaves. */
  ended(at: Offset): void
  /** What the room's members may do, or whether they may be in it, has been decided anew. */
  standingChanged(): void
}

/** What is still to be told at the end of a replay. */
interface Replay {
  /** The tail as it was at `welcome`. */
  readonly until: number
  readonly recovered: boolean
  /** A returning reader is told how many messages vanished unseen; a newcomer has missed nothing. */
  readonly returning: boolean
  readonly more: boolean
  /** The frame that goes before it all. */
  readonly welcome: Buffer
  readonly watch: ReplayWatch | undefined
}

/** At most this much is handed to one socket at a time; the next waits until it has left. */
export const MAX_WRITE_BYTES = 64 * 1024

/**
 * One member's position in one room's log. Live delivery, a newcomer's window, a resume and a slow reader are all this:
 * write the living bytes from here to the tail, and say honestly when some of them vanished before they could be written.
 */
export class Cursor {
  /** Everything before this index has been handed to the sink, or vanished. */
  index: number
  /** The highest offset handed to the sink, or told as a gap. */
  lastOffset: Offset
  readonly reader: Author
  readonly sink: Sink
  readonly #meter: DeliveryMeter
  #epoch: Epoch
  /** The log has begun anew, and this reader has not been told. */
  #isAnew = false
  #replay: Replay | undefined
  #missed: number | null = 0
  #pinned: Segment[] = []
  #blocked = false
  #laggedSince: number | undefined
  #welcome: Buffer | undefined
  #after: Buffer[] = []

  constructor(
    sink: Sink,
    reader: Author,
    epoch: Epoch,
    position: { readonly index: number; readonly offset: Offset },
    replay: Replay,
    meter: DeliveryMeter,
  ) {
    this.sink = sink
    this.#meter = meter
    this.reader = reader
    this.#epoch = epoch
    this.index = position.index
    this.lastOffset = position.offset
    this.#replay = replay
    this.#welcome = replay.welcome
    if (!replay.returning) this.#missed = null
  }

  /** Whether bytes are still on their way out, so that nothing more may be handed over. */
  get blocked(): boolean {
    return this.#blocked
  }

  get replaying(): boolean {
    return this.#replay !== undefined
  }

  /** Whether what the others at its place get is all there is for it. */
  get isInStep(): boolean {
    return this.#replay === undefined && !this.#isAnew
  }

  /** Whether there is anything to hand over when the log ends at `tail`. */
  wants(tail: number): boolean {
    return this.index < tail || this.#replay !== undefined || this.#isAnew || this.#after.length > 0
  }

  /** Queues a frame for this reader alone, to leave behind the shared bytes in the same write. */
  afterShared(frame: Buffer): void {
    if (this.#blocked) this.sink.write(frame)
    else this.#after.push(frame)
  }

  /** Hands over stretches that begin at this cursor's index, already known to have no gap before them. */
  give(stretches: readonly Stretch[]): void {
    const only = stretches.length === 1 && this.#after.length === 0 ? stretches[0] : undefined
    let left: boolean
    if (only !== undefined) left = this.sink.write(only.bytes)
    else {
      this.sink.cork()
      for (const stretch of stretches) this.sink.write(stretch.bytes)
      this.#giveAfter()
      left = this.sink.uncork()
    }
    const last = stretches.at(-1)
    if (last !== undefined) {
      this.index = last.next
      this.lastOffset = last.lastOffset
    }
    this.#handedOver(stretches, left)
  }

  /** Hands over what comes next of `log`, with all there is to tell about it. The last offset of the log is `logEnd`. */
  advance(log: RoomLog, logEnd: Offset, nowMs: number): void {
    if (this.#blocked) return
    if (this.#isAnew) return this.#tellAnew()
    const until = this.#replay?.until ?? log.tail
    this.sink.cork()
    if (this.#welcome !== undefined) this.sink.write(this.#welcome)
    this.#welcome = undefined
    const stretches: Stretch[] = []
    let bytes = 0
    while (bytes < MAX_WRITE_BYTES && this.index < until) {
      const stretch = log.read(this.index, until, nowMs, MAX_WRITE_BYTES - bytes)
      if (stretch === undefined) {
        this.index = until
        break
      }
      // While nobody is in a room, what passes by leaves no hole in its log: a replay counts what is missing within a stretch as well.
      this.#account(log, this.#replay === undefined ? stretch.firstOffset : stretch.lastOffset)
      this.sink.write(stretch.bytes)
      this.#replay?.watch?.replayed(stretch.next - stretch.from)
      stretches.push(stretch)
      bytes += stretch.bytes.length
      this.index = stretch.next
      this.lastOffset = stretch.lastOffset
    }
    if (this.index >= until) this.#account(log, offsetOfEnd(log, until, logEnd))
    if (this.#replay !== undefined && this.index >= until) this.#endReplay(this.#replay)
    this.#giveAfter()
    this.#handedOver(stretches, this.sink.uncork())
  }

  /** The sink has written everything it was handed. */
  drained(): void {
    if (this.#blocked) this.#meter.lagging--
    this.#blocked = false
    this.#unpin()
  }

  /** What was transient up to `index` is gone: a reader before it has missed that. */
  passedBy(index: number): void {
    if (this.index < index) this.#laggedSince ??= index
  }

  /** The log has begun anew: what was before is of no log any more, and what comes begins at its start. */
  beginAnew(epoch: Epoch): void {
    this.#epoch = epoch
    this.index = 0
    this.lastOffset = BEFORE_FIRST
    this.#laggedSince = 0
    // Whoever is still being shown the old log learns of the new one when that ends.
    if (this.#replay === undefined) this.#isAnew = true
    else this.#replay = { ...this.#replay, until: 0, recovered: false, returning: false, more: false }
    this.#missed = null
  }

  /** The reader is gone. What is on its way to the socket stays as it is until `drained`. */
  end(): void {
    this.#after.length = 0
  }

  #unpin(): void {
    for (const segment of this.#pinned) segment.unpin()
    this.#pinned.length = 0
  }

  /** Says what vanished between the last offset handed over and `next`. */
  #account(log: RoomLog, next: number): void {
    const missed = log.vanished.countBetween(this.lastOffset, next, this.reader)
    this.lastOffset = Math.max(this.lastOffset, next - 1) as Offset
    if (missed === 0) return
    if (this.#replay !== undefined) {
      this.#missed = this.#missed === null || missed === null ? null : this.#missed + missed
      return
    }
    this.#tellGap(missed)
  }

  /** The gap goes alone: how things stand in the new log is told before anything in it. */
  #tellAnew(): void {
    this.#isAnew = false
    this.sink.cork()
    this.#tellGap(null)
    this.#handedOver([], this.sink.uncork())
  }

  #tellGap(missed: number | null): void {
    this.#meter.gaps++
    this.sink.write(
      frameOf(JSON.stringify({ type: 'gap', cursor: { epoch: this.#epoch, offset: this.lastOffset }, missed })),
    )
    this.#laggedSince ??= this.index
  }

  #endReplay(replay: Replay): void {
    this.#replay = undefined
    this.sink.write(
      frameOf(
        JSON.stringify({
          type: 'live',
          cursor: { epoch: this.#epoch, offset: this.lastOffset },
          recovered: replay.recovered,
          missed: this.#missed,
          more: replay.more,
        }),
      ),
    )
    replay.watch?.live(replay.recovered)
  }

  #giveAfter(): void {
    for (const frame of this.#after) this.sink.write(frame)
    this.#after.length = 0
  }

  #handedOver(stretches: readonly Stretch[], left: boolean): void {
    this.#meter.writes++
    for (const { bytes, from, next } of stretches) {
      this.#meter.bytes += bytes.length
      this.#meter.frames += next - from
    }
    if (!left) {
      if (!this.#blocked) this.#meter.lagging++
      this.#blocked = true
      for (const { segment } of stretches) {
        segment.pin()
        this.#pinned.push(segment)
      }
    }
    if (this.#laggedSince !== undefined && this.index >= this.#laggedSince) {
      this.#laggedSince = undefined
      this.sink.lagged()
    }
  }
}

/** One above the offset up to which a reader at index `until` has seen everything. */
function offsetOfEnd(log: RoomLog, until: number, logEnd: Offset): number {
  return log.offsetBefore(until, logEnd) + 1
}
