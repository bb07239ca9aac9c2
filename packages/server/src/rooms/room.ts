import {
  type AppendedRecord,
  BEFORE_FIRST,
  type Epoch,
  FIRST,
  LIMITS,
  type MemberId,
  type Offset,
  type RoomKey,
  type RoomSettings,
} from '@whisperrooms/protocol'
import { authorOf, NOBODY } from './author.ts'
import { Cursor, MAX_WRITE_BYTES, type Sink } from './cursor.ts'
import { type DeliveryMeter, deliveryMeter } from './delivery-meter.ts'
import type { ReplayWatch } from './replay-watch.ts'
import { type Entry, RoomLog, type Stretch } from './room-log.ts'
import { ENTRY } from './segment.ts'
import { lasting } from './segments.ts'
import { DEFAULT_SETTINGS } from './settings.ts'
import { Standings } from './standings.ts'
import { earliestVisible, type Standing, windowFor } from './window.ts'

/** What a room needs from the place it is in. */
export interface RoomHost {
  readonly epoch: Epoch
  /** The offset of the last record of the room's shard that was applied. */
  lastOffset(): Offset
  /** Bus time up to which the room's shard has been applied, in milliseconds. */
  readUpTo(): number
  /** Bus time, milliseconds. */
  now(): number
  /** There is something to write to the room's members. */
  dirty(room: Room): void
  /** The room's soonest deadline may have come nearer. */
  deadlineChanged(room: Room): void
  /** The log takes so many bytes more, or less. */
  grew(bytes: number): void
  /** Bytes of log a room may hold; beyond it the oldest go first. */
  readonly maxBytes: number
  /** `undefined`: what is delivered is not counted. */
  readonly meter?: DeliveryMeter | undefined
}

/** After so many writes it is asked whether the turn is over. */
const TURN_CHECK = 16

/** A room: settings, a log, and the cursors of the members' sockets on this gateway. */
export class Room {
  readonly key: RoomKey
  log: RoomLog
  settings: RoomSettings = DEFAULT_SETTINGS
  /** The last record that changed the room itself. */
  asOf: Offset = BEFORE_FIRST
  /** Where the room was made; what lies before counts for nothing in it. Before the first: that is not known. */
  openedAt: Offset = BEFORE_FIRST
  /** Where the snapshot ends from which this gateway knows the room: what was decided before it is not decided again. */
  adoptedTo: Offset = BEFORE_FIRST
  /** When the last record touched the room, in bus time, milliseconds. */
  touchedAt = Number.NEGATIVE_INFINITY
  /** Whether the room exists in its log; while it does not, nothing can be said in it. */
  isOpen = true
  /** Whether the room was closed: nobody comes in any more. */
  isClosed = false
  /** Where the room was locked; `undefined` when it is not. */
  lockedAt: Offset | undefined
  standings = new Standings()
  /** How many sockets have ever been let in. */
  visits = 0
  #host: RoomHost
  readonly #cursors = new Set<Cursor>()
  #pass: Iterator<Cursor, undefined> | undefined
  #passTail = 0
  #again = false

  constructor(key: RoomKey, host: RoomHost) {
    this.key = key
    this.#host = host
    this.log = new RoomLog(host.grew)
  }

  get epoch(): Epoch {
    return this.#host.epoch
  }

  /** Bus time, milliseconds. */
  get now(): number {
    return this.#host.now()
  }

  /** Bus time up to which the room has been read, in milliseconds. */
  get readUpTo(): number {
    return this.#host.readUpTo()
  }

  /** Where whoever is let in now stands: behind all there is; in a locked room, before the lock. */
  get entrance(): Offset {
    const before = this.lockedAt === undefined ? Number.POSITIVE_INFINITY : this.lockedAt - 1
    return Math.min(this.#host.lastOffset(), before) as Offset
  }

  /** The last offset of the shard that was applied. */
  get readOffset(): Offset {
    return this.#host.lastOffset()
  }

  get sockets(): number {
    return this.#cursors.size
  }

  /** Whether the room holds as much as it may: new messages wait until some vanish. */
  get isBusy(): boolean {
    return this.log.bytes >= this.#host.maxBytes
  }

  /** Puts an entry into the log; it reaches every member with the next flush. */
  append(entry: Entry): void {
    this.log.append(entry)
    if (this.log.bytes > this.#host.maxBytes + MAX_WRITE_BYTES) this.log.evict(this.#host.maxBytes)
    this.#host.deadlineChanged(this)
    if (this.#cursors.size > 0) this.#host.dirty(this)
  }

  /** Says something to those who are here now, that is kept for nobody. `offset` is its record's, if it has one. */
  signal(json: string, offset = this.#host.lastOffset()): void {
    if (this.#cursors.size === 0) return
    this.append({
      kind: ENTRY.transient,
      offset,
      deadlineMs: Number.POSITIVE_INFINITY,
      author: NOBODY,
      head: '',
      tail: Buffer.from(json),
    })
  }

  /** Counts a record that had expired before this gateway read it. */
  passOver({ record, offset }: AppendedRecord): void {
    if (record.kind !== 'message') return
    this.log.vanished.add(offset, authorOf(record.member))
    this.#stopReaders()
  }

  /** Something up to `offset` will never be read. */
  lose(offset: Offset): void {
    this.log.lose(offset)
    this.#stopReaders()
  }

  /** The log has begun anew, in another place: of the room remain its settings and its members, who are told. */
  beginAnew(host: RoomHost): void {
    this.#host.grew(-this.log.bytes)
    this.#host = host
    this.#pass = undefined
    this.log = new RoomLog(host.grew)
    this.asOf = BEFORE_FIRST
    this.openedAt = BEFORE_FIRST
    this.adoptedTo = BEFORE_FIRST
    this.touchedAt = Number.NEGATIVE_INFINITY
    // Whoever was let in before, was so before the lock.
    if (this.lockedAt !== undefined) this.lockedAt = FIRST
    this.standings.beginAnew()
    for (const cursor of this.#cursors) cursor.beginAnew(host.epoch)
    host.dirty(this)
  }

  /**
   * Lets a socket in: decides where its replay starts, and begins it behind `welcome`, which is told that place.
   *
   * @param watch told how its replay goes.
   * @returns its cursor, to be given back to `leave`.
   */
  enter(
    sink: Sink,
    member: MemberId,
    standing: Standing,
    welcome: (from: Offset) => Buffer,
    watch?: ReplayWatch,
  ): Cursor {
    const now = this.#host.now()
    this.expire(Number.POSITIVE_INFINITY)
    const window = windowFor(this.log, standing, this.settings.history, this.#host.lastOffset(), now)
    const cursor = new Cursor(
      sink,
      authorOf(member),
      this.#host.epoch,
      window,
      {
        until: this.log.tail,
        recovered: window.recovered,
        returning: window.returning,
        more: window.more,
        welcome: welcome(window.offset),
        watch,
      },
      this.#host.meter ?? deliveryMeter(),
    )
    this.#cursors.add(cursor)
    this.visits++
    cursor.advance(this.log, this.#host.lastOffset(), now)
    if (!cursor.blocked && cursor.wants(this.log.tail)) this.#host.dirty(this)
    return cursor
  }

  leave(cursor: Cursor): void {
    this.#cursors.delete(cursor)
    cursor.end()
  }

  /** The room is over, at this place of its log: nothing of it remains, and its members leave. */
  close(at: Offset): void {
    this.isOpen = false
    this.isClosed = true
    for (const cursor of [...this.#cursors]) {
      cursor.sink.ended(at)
      this.leave(cursor)
    }
    this.#pass = undefined
    this.empty()
  }

  /** Nothing of its log is kept or counted any more. */
  empty(): void {
    this.#host.grew(-this.log.bytes)
    this.log = new RoomLog(this.#host.grew)
  }

  /** What members may do, or whether they may be here, has been decided anew. */
  standingChanged(): void {
    for (const { sink } of [...this.#cursors]) sink.standingChanged()
  }

  /** Queues a frame for one member, to leave behind what the room has for it. */
  tell(cursor: Cursor, frame: Buffer): void {
    cursor.afterShared(frame)
    this.#host.dirty(this)
  }

  /** A sink has written everything it was handed. */
  drained(cursor: Cursor): void {
    cursor.drained()
    if (cursor.wants(this.log.tail)) this.#host.dirty(this)
  }

  /** Whether the cursor's socket has read all there is for it. */
  isServed(cursor: Cursor): boolean {
    return !cursor.blocked && !cursor.wants(this.log.tail)
  }

  /** Whether everything in the log has been handed to the cursor's socket. */
  hasAll(cursor: Cursor): boolean {
    return cursor.index >= this.log.tail && !cursor.replaying
  }

  /** The offset up to which everything has been handed to the cursor's socket: the shard's, when it has had the whole room. */
  writtenTo(cursor: Cursor): Offset {
    return this.hasAll(cursor) ? this.#host.lastOffset() : cursor.lastOffset
  }

  /**
   * Gives every member what it has not had, each at most 64 KiB, while `mayGoOn`.
   *
   * @returns whether all is done; if not, call again in your turn.
   */
  flush(mayGoOn: () => boolean): boolean {
    const nowMs = this.#host.now()
    // What has just expired must be counted as vanished before a lagging reader is told what it missed.
    this.expire(Number.POSITIVE_INFINITY)
    if (this.#pass === undefined) {
      this.#pass = this.#cursors.values()
      this.#passTail = this.log.tail
      this.#again = false
    }
    const lastOffset = this.#host.lastOffset()
    let shared: Shared | undefined
    for (let visited = 1; ; visited++) {
      const { value: cursor, done } = this.#pass.next()
      if (done) break
      let isOver = false
      if (!cursor.blocked && cursor.wants(this.log.tail)) {
        if (cursor.isInStep && shared?.from !== cursor.index) shared = this.#share(cursor.index, nowMs)
        if (cursor.isInStep && shared?.unbroken) cursor.give(shared.stretches)
        else {
          cursor.advance(this.log, lastOffset, nowMs)
          // Whoever lags may cost more than a write.
          isOver = !mayGoOn()
        }
        if (!cursor.blocked && cursor.wants(this.log.tail)) this.#again = true
      }
      if (cursor.index < this.#passTail && this.log.hasTransients) cursor.passedBy(this.#passTail)
      if (isOver || (visited % TURN_CHECK === 0 && !mayGoOn())) return false
    }
    this.#pass = undefined
    this.log.retireTransients(this.#passTail)
    return !this.#again && this.log.tail === this.#passTail
  }

  /** A page of what lies before `before` and was written to the cursor's socket or could have been, as it was sent. */
  older(cursor: Cursor, before: Offset, standing: Standing): Page {
    const now = this.#host.now()
    const end = Math.min(this.log.indexAfter((before - 1) as Offset), cursor.index)
    const earliest = earliestVisible(this.log, standing, this.settings.history)
    const { index, more } = this.log.newest(end, earliest, now, LIMITS.loadFrames, LIMITS.loadBytes)
    const frames: Buffer[] = []
    let next = index
    while (next < end) {
      const stretch = this.log.read(next, end, now, LIMITS.loadBytes, lasting)
      if (stretch === undefined) break
      frames.push(stretch.bytes)
      next = stretch.next
    }
    const first = this.log.read(index, end, now, 0, lasting)
    return { frames: Buffer.concat(frames), before: first?.firstOffset ?? before, more }
  }

  /** Lets every reader find out, with the next flush, that something is missing. */
  #stopReaders(): void {
    if (this.#cursors.size === 0) return
    this.log.appendHole()
    this.#host.dirty(this)
  }

  /** Makes what is due vanish, up to `budget` entries. @returns whether all that was due is gone. */
  expire(budget: number): boolean {
    return this.log.expire(this.#host.now(), budget) < budget
  }

  /** The stretches that everyone at `from` gets: the same bytes for all. */
  #share(from: number, nowMs: number): Shared {
    const stretches: Stretch[] = []
    let next = from
    let bytes = 0
    while (bytes < MAX_WRITE_BYTES && next < this.log.tail) {
      const stretch = this.log.read(next, this.log.tail, nowMs, MAX_WRITE_BYTES - bytes)
      if (stretch === undefined || stretch.from !== next) return { from, stretches, unbroken: false }
      stretches.push(stretch)
      bytes += stretch.bytes.length
      next = stretch.next
    }
    return { from, stretches, unbroken: true }
  }
}

/** Older frames; `before` is the offset to ask from next, `more` whether there are any. */
export interface Page {
  readonly frames: Buffer
  readonly before: Offset
  readonly more: boolean
}

interface Shared {
  readonly from: number
  readonly stretches: readonly Stretch[]
  /** No entry between was skipped, so there can be no gap to tell. */
  readonly unbroken: boolean
}
