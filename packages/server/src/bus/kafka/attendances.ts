import type { RoomKey } from '@whisperrooms/protocol'
import type { Clock } from '../../clock.ts'
import { type Attendance, type GatewayId, shardOf } from '../bus.ts'
import { stateKey } from './state-entries.ts'
import type { StateTopic } from './state-topic.ts'

/** An attendance that nobody puts again is gone after ten minutes. Milliseconds. */
const REFRESH_MS = 180_000

export interface AttendancesOptions {
  readonly gateway: GatewayId
  readonly state: StateTopic
  readonly shards: () => number
  readonly clock: Clock
}

interface Own {
  /** `undefined`: nobody any more, which is not confirmed yet. */
  readonly attendance: Attendance | undefined
  /** Where it was put. */
  readonly shard: number
  /** On the monotonic clock; long ago when it was not confirmed. */
  putMs: number
}

/** What this gateway says of who is at it: put when it changes, and again before it is forgotten. */
export class Attendances {
  readonly #options: AttendancesOptions
  readonly #own = new Map<RoomKey, Own>()
  /** Rooms by the shards they were in before, from which it is not confirmed that they were withdrawn. */
  readonly #moved = new Map<number, Set<RoomKey>>()

  constructor(options: AttendancesOptions) {
    this.#options = options
  }

  put(room: RoomKey, attendance: Attendance | undefined): void {
    const { clock, shards } = this.#options
    const before = this.#own.get(room)
    const own: Own = { attendance, shard: shardOf(room, shards()), putMs: clock() }
    this.#own.set(room, own)
    // The log has another number of shards now. First, because both may be in one partition of the state topic.
    if (before !== undefined && before.shard !== own.shard) this.#withdraw(room, before.shard)
    this.#moved.get(own.shard)?.delete(room)
    void this.#write(room, own.shard, attendance).then((isConfirmed) => {
      if (!isConfirmed) own.putMs = Number.NEGATIVE_INFINITY
      else if (attendance === undefined && this.#own.get(room) === own) this.#own.delete(room)
    })
  }

  /** Somebody who believed this gateway gone has taken it away. */
  putAgain(room: RoomKey): void {
    const own = this.#own.get(room)
    if (own?.attendance !== undefined) this.put(room, own.attendance)
  }

  /** The state topic may have lost all of it. */
  putAllAgain(): void {
    for (const [room, { attendance }] of this.#own) this.put(room, attendance)
  }

  refresh(): void {
    const due = this.#options.clock() - REFRESH_MS
    for (const [room, { attendance, putMs }] of this.#own) if (putMs < due) this.put(room, attendance)
    for (const [shard, rooms] of this.#moved) for (const room of rooms) this.#withdraw(room, shard)
  }

  #withdraw(room: RoomKey, shard: number): void {
    const rooms = this.#moved.get(shard) ?? new Set()
    this.#moved.set(shard, rooms.add(room))
    void this.#write(room, shard, undefined).then((isConfirmed) => {
      if (isConfirmed) rooms.delete(room)
    })
  }

  #write(room: RoomKey, shard: number, attendance: Attendance | undefined): Promise<boolean> {
    const { state, gateway } = this.#options
    return state.put(shard, stateKey.attendance(room, gateway), attendance)
  }
}
