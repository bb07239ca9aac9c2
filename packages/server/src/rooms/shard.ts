import type { AppendedRecord, Epoch, Offset, RoomKey } from '@whisperrooms/protocol'
import { BEFORE_FIRST, FIRST } from '@whisperrooms/protocol'
import type { Clock } from '../clock.ts'
import { hasAuthority } from './authority.ts'
import { readBody } from './body.ts'
import type { DeliveryMeter } from './delivery-meter.ts'
import type { Expiry } from './expiry.ts'
import type { Flusher } from './flusher.ts'
import { applied, type Outcome, refused, voided } from './outcome.ts'
import { reduce, tellChange } from './reducer.ts'
import { Room, type RoomHost } from './room.ts'
import { changeBetween, DEFAULT_SETTINGS, readSettings, type SettingsChange } from './settings.ts'
import { Standings } from './standings.ts'

export interface ShardOptions {
  readonly epoch: Epoch
  /** Bus time, milliseconds. */
  readonly busNow: Clock
  readonly flusher: Flusher
  readonly expiry: Expiry
  /** Bytes of log one room may hold. */
  readonly roomBytes: number
  readonly longestTtlMs: number
  /** Called when a room comes to be. */
  readonly onRoom: (room: Room) => void
  /** Called when a room has been forgotten. */
  readonly onForgotten: (room: Room) => void
  /** Called when a room was forgotten though somebody is in it: it must be made again. */
  readonly onParked: (shard: Shard) => void
  /** `undefined`: what is delivered is not counted. */
  readonly meter?: DeliveryMeter | undefined
}

/** What a snapshot says of a room that this gateway did not know. */
export interface RoomSnapshot {
  readonly settings: SettingsChange
  /** The offset of the last record it includes. */
  readonly asOf: Offset
  /** The offset of its `create`; before the first when that is not known. */
  readonly openedAt: Offset
  /** Where it was locked; `undefined` when it is not. */
  readonly lockedAt: Offset | undefined
  /** How its members stand, as `Standings.toJson` gave it. */
  readonly standings?: Readonly<Record<string, unknown>> | undefined
}

/** All rooms of one partition of the bus: records come in, in their order; rooms come, live and are forgotten. */
export class Shard {
  readonly epoch: Epoch
  readonly rooms = new Map<RoomKey, Room>()
  /** Rooms that are not in the log, and should be: it began anew, or forgot them while somebody came. */
  readonly parked = new Map<RoomKey, Room>()
  /** Rooms that were closed, and until when they cannot be made again, in bus time, milliseconds. */
  readonly #closed = new Map<RoomKey, number>()
  /** Bytes that the logs of its rooms take. */
  bytes = 0
  /** Where the log began to be read: what lies before has ended, and how much it was nobody here knows. */
  #firstOffset: Offset = FIRST
  /** The last offset applied. */
  lastOffset: Offset = BEFORE_FIRST
  /** Bus time up to which the log has been applied, in milliseconds. */
  readUpTo = 0
  readonly #options: ShardOptions
  readonly #host: RoomHost

  constructor(options: ShardOptions) {
    this.#options = options
    this.epoch = options.epoch
    this.#host = {
      epoch: options.epoch,
      lastOffset: () => this.lastOffset,
      readUpTo: () => this.readUpTo,
      now: options.busNow,
      dirty: (room) => options.flusher.add(room),
      deadlineChanged: (room) => options.expiry.watch(room),
      grew: (bytes) => {
        this.bytes += bytes
      },
      maxBytes: options.roomBytes,
      meter: options.meter,
    }
  }

  /** Bus time, milliseconds. */
  get now(): number {
    return this.#options.busNow()
  }

  /** Whether anybody of this gateway is in one of its rooms. */
  get isOccupied(): boolean {
    for (const { sockets } of this.rooms.values()) if (sockets > 0) return true
    for (const { sockets } of this.parked.values()) if (sockets > 0) return true
    return false
  }

  /** Is told where the log begins to be read. */
  begin(offset: Offset): void {
    this.#firstOffset = offset
  }

  /** Is told how far the log has been read, in bus time, and to which offset when that is not the last record's. */
  readTo(readUpToMs: number, upTo: Offset | undefined): void {
    this.readUpTo = Math.max(this.readUpTo, readUpToMs)
    if (upTo !== undefined) this.#pass(upTo)
  }

  /** While the shard is taken up, one room's records may come after others' that lie behind them. */
  #pass(offset: Offset): void {
    this.lastOffset = Math.max(this.lastOffset, offset) as Offset
  }

  /** Applies a record that is neither void nor a duplicate. Of one that has expired counts all but what it said. */
  apply(appended: AppendedRecord): Outcome {
    const { record, offset, at } = appended
    this.#pass(offset)
    if (record.kind === 'close') return this.#close(appended)
    if (record.kind === 'create' && this.#isShut(record.room, at)) return voided('room_ended')
    const room = this.rooms.get(record.room) ?? (record.kind === 'create' ? this.#open(appended) : undefined)
    if (room === undefined && !this.parked.has(record.room)) return voided('no_such_room')
    // Said in an earlier life of the log or of the room: its sender may say it again in this one.
    if (room === undefined || offset < room.openedAt) return voided('bus_unavailable')
    if (record.kind === 'end') return this.#end(room, appended)
    return reduce(room, appended, { nowMs: this.#options.busNow(), longestTtlMs: this.#options.longestTtlMs })
  }

  /** Whether the room was closed, and cannot be made again yet. */
  isShut(key: RoomKey): boolean {
    return this.#isShut(key, this.now)
  }

  /** Passes a record that does nothing. */
  skip({ offset }: AppendedRecord): void {
    this.#pass(offset)
  }

  /** Something up to `offset` will never come: of one room, or of any. */
  lose(key: RoomKey | undefined, offset: Offset): void {
    this.#pass(offset)
    if (key === undefined) for (const room of this.rooms.values()) room.lose(offset)
    else this.rooms.get(key)?.lose(offset)
  }

  /** Takes up a room as a snapshot tells it. One of an earlier epoch is not in this log: it has to be made again. */
  adopt(key: RoomKey, { asOf, openedAt, settings, lockedAt, standings = {} }: RoomSnapshot): void {
    if (this.rooms.has(key) || this.parked.has(key)) return
    if (asOf === BEFORE_FIRST) {
      const room = new Room(key, this.#host)
      room.settings = { ...DEFAULT_SETTINGS, ...settings }
      room.lockedAt = lockedAt
      room.standings.adopt(standings)
      return this.park(room)
    }
    const room = this.#add(key, asOf, settings)
    room.adoptedTo = asOf
    room.openedAt = openedAt
    room.lockedAt = lockedAt
    room.standings.adopt(standings)
    if (this.#firstOffset > FIRST) room.log.vanished.addUnknown((this.#firstOffset - 1) as Offset)
  }

  /** Takes in a room of the log's earlier life. It is open again when a `create` for it was observed. */
  park(room: Room): void {
    room.beginAnew(this.#host)
    room.isOpen = false
    this.parked.set(room.key, room)
  }

  /** Whether the room could be forgotten: nobody in it, nothing alive in it. */
  static isIdle(room: Room): boolean {
    return room.sockets === 0 && room.log.isEmpty
  }

  #open(appended: AppendedRecord): Room {
    const { record, offset } = appended
    const before = this.parked.get(record.room)?.settings
    const settings = readSettings(readBody(record.body))
    const room = this.#add(record.room, offset, settings)
    room.openedAt = offset
    // Made locked, it was locked before anybody came.
    room.lockedAt = settings.locked ? FIRST : undefined
    // Whoever made it again may have known it otherwise than those who are in it here.
    const change = before === undefined ? undefined : changeBetween(before, room.settings)
    if (change !== undefined) tellChange(room, appended, change, this.#options.longestTtlMs)
    if (before !== undefined) room.standingChanged()
    return room
  }

  #add(key: RoomKey, asOf: Offset, settings: SettingsChange): Room {
    const room = this.parked.get(key) ?? new Room(key, this.#host)
    this.parked.delete(key)
    room.isOpen = true
    room.asOf = asOf
    room.settings = { ...DEFAULT_SETTINGS, ...settings }
    this.rooms.set(key, room)
    this.#options.onRoom(room)
    return room
  }

  /**
   * Void when anything touched the room within the longest time to live: so far back every gateway knows the log, so all decide alike.
   * Somebody may have come at this very moment: then the room is made again.
   */
  #end(room: Room, { offset, at }: AppendedRecord): Outcome {
    if (room.touchedAt + this.#options.longestTtlMs > at) return refused('not_allowed')
    this.rooms.delete(room.key)
    if (room.sockets > 0) {
      room.isOpen = false
      // As at gateways that forget it: they know only what it is made anew with.
      room.standings = new Standings()
      this.parked.set(room.key, room)
      this.#options.onParked(this)
    } else {
      room.empty()
      this.#options.onForgotten(room)
    }
    return applied(offset, at)
  }

  /**
   * Ends a room at once, whoever is in it, as the operator or its owner wishes. It cannot be made again within the longest time to live: so far back
   * every gateway knows the log, so all refuse the same.
   */
  #close({ record, offset, at }: AppendedRecord): Outcome {
    const room = this.rooms.get(record.room) ?? this.parked.get(record.room)
    // Of a room that is not known here the gateway counts that let its owner in.
    const isOwners = record.as === 'owner' || record.as === 'operator'
    if (!(room === undefined ? isOwners : hasAuthority(room, record, offset))) return refused('not_allowed')
    const isKicked = room?.standings.isBarred(record.member, record.via, offset) === true
    if (isKicked && record.as !== 'operator') return refused('kicked')
    // Made again since: what is known of it is of after the close.
    if (room !== undefined && offset < Math.max(room.openedAt, room.adoptedTo)) return voided('bus_unavailable')
    this.#shut(record.room, at)
    if (room === undefined) return voided('no_such_room')
    this.rooms.delete(room.key)
    this.parked.delete(room.key)
    room.close(offset)
    this.#options.onForgotten(room)
    return applied(offset, at)
  }

  #shut(key: RoomKey, at: number): void {
    for (const [other, until] of this.#closed) if (until <= at) this.#closed.delete(other)
    this.#closed.set(key, at + this.#options.longestTtlMs)
  }

  /** Rooms that were closed, and have not been made again. */
  *shut(): Generator<RoomKey> {
    for (const key of this.#closed.keys()) if (!this.rooms.has(key) && !this.parked.has(key)) yield key
  }

  #isShut(key: RoomKey, at: number): boolean {
    const until = this.#closed.get(key)
    return until !== undefined && at < until
  }
}
