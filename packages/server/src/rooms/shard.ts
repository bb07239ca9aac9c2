import type { AppendedRecord, Epoch, Offset, RoomKey } from '@whisperrooms/protocol'
import { BEFORE_FIRST } from '@whisperrooms/protocol'
import type { Clock } from '../clock.ts'
import { readBody } from './body.ts'
import type { Expiry } from './expiry.ts'
import type { Flusher } from './flusher.ts'
import { applied, type Outcome, refused } from './outcome.ts'
import { reduce } from './reducer.ts'
import { Room, type RoomHost } from './room.ts'
import { readSettings, type SettingsChange } from './settings.ts'

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
}

/** What a `create` or a snapshot says of a room that this gateway did not know. */
export interface RoomSnapshot {
  readonly settings: SettingsChange
  /** The offset of the last record that touched the room. */
  readonly touched: Offset
  /** Where it was locked; `undefined` when it is not. */
  readonly lockedAt: Offset | undefined
}

/** All rooms of one partition of the bus: records come in, in their order; rooms come, live and are forgotten. */
export class Shard {
  readonly epoch: Epoch
  readonly rooms = new Map<RoomKey, Room>()
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
      now: options.busNow,
      dirty: (room) => options.flusher.add(room),
      deadlineChanged: (room) => options.expiry.watch(room),
      maxBytes: options.roomBytes,
    }
  }

  /** Applies a record that is neither void, expired nor a duplicate. */
  apply(appended: AppendedRecord): Outcome {
    const { record, offset } = appended
    this.lastOffset = offset
    const room = this.rooms.get(record.room) ?? (record.kind === 'create' ? this.#open(appended) : undefined)
    if (room === undefined) return refused('no_such_room')
    if (record.kind === 'end') return this.#end(room, appended)
    return reduce(room, appended, { nowMs: this.#options.busNow(), longestTtlMs: this.#options.longestTtlMs })
  }

  /** Counts a record that does nothing any more: its offset is passed all the same. */
  skip(appended: AppendedRecord, expired: boolean): void {
    this.lastOffset = appended.offset
    if (expired) this.rooms.get(appended.record.room)?.passOver(appended)
  }

  /** Takes up a room as a snapshot tells it. */
  adopt(key: RoomKey, snapshot: RoomSnapshot): void {
    if (this.rooms.has(key)) return
    const room = this.#add(new Room(key, this.#host, snapshot.touched, snapshot.settings))
    room.lockedAt = snapshot.lockedAt
  }

  /** Whether the room could be forgotten: nobody in it, nothing alive in it. */
  static isIdle(room: Room): boolean {
    return room.sockets === 0 && room.log.isEmpty
  }

  #open({ record, offset }: AppendedRecord): Room {
    return this.#add(new Room(record.room, this.#host, offset, readSettings(readBody(record.body))))
  }

  #add(room: Room): Room {
    this.rooms.set(room.key, room)
    this.#options.onRoom(room)
    return room
  }

  /** Void when anything touched the room after the moment the `end` speaks of, or somebody is in it. */
  #end(room: Room, { record, offset, at }: AppendedRecord): Outcome {
    const asOf = readBody(record.body)['asOf']
    if (typeof asOf !== 'number' || room.touched > asOf || !Shard.isIdle(room)) return refused('not_allowed')
    this.rooms.delete(room.key)
    this.#options.onForgotten(room)
    return applied(offset, at)
  }
}
