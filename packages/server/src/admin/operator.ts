import type { ErrorCode, Key, MemberId, RoomId, RoomKey, RoomRecord } from '@whisperrooms/protocol'
import { type Bus, shardOf } from '../bus/bus.ts'
import type { Random, Scheduler } from '../clock.ts'
import type { Outcome } from '../rooms/outcome.ts'
import type { Room } from '../rooms/room.ts'
import type { Shard } from '../rooms/shard.ts'
import { operatorRecord } from '../upkeep/room-record.ts'

/** How long what the operator wants may take to be observed in the log, in milliseconds. */
const OBSERVE_MS = 3_000

/** What came of it; `undefined`: it is done, at every gateway. */
export type OperatorAnswer = ErrorCode | undefined

/** What whoever runs the server can do with rooms, whoever owns them. */
export interface Operator {
  /** Ends a room: everybody is out, nothing of it remains, and it cannot be made again within the longest time to live. */
  close(room: RoomId): Promise<OperatorAnswer>
  /** Removes every message. */
  burn(room: RoomId): Promise<OperatorAnswer>
  /** Locks a room, or unlocks it. */
  lock(room: RoomId, on: boolean): Promise<OperatorAnswer>
  /** Uses an invite of a room that may be used so many times. The same member within 15 s, as after a dropped connection, uses it once. */
  use(room: Room, member: MemberId, invite: string, uses: number): Promise<OperatorAnswer>
  /** A record was observed in the log. @returns whether it was one of this operator's. */
  observed(record: RoomRecord, outcome: Outcome): boolean
}

export interface OperatorOptions {
  readonly bus: Pick<Bus, 'keyOf' | 'now' | 'publish' | 'shards'>
  /** The shard of a room, taken up if need be; `undefined` when that is not possible now. */
  readonly host: (room: RoomKey) => Promise<Shard | undefined>
  readonly scheduler: Scheduler
  readonly random: Random
}

/** The operator writes records as everybody does: what becomes of them is decided by the log, the same at every gateway. */
export function operator({ bus, host, scheduler, random }: OperatorOptions): Operator {
  const waiting = new Map<Key, Set<(answer: OperatorAnswer) => void>>()

  async function act(kind: 'burn' | 'set' | 'close', id: RoomId, body: object): Promise<OperatorAnswer> {
    const room = bus.keyOf(id)
    const shard = await host(room)
    if (shard === undefined) return 'bus_unavailable'
    if (shard.isShut(room)) return 'room_ended'
    if (!shard.rooms.has(room) && !shard.parked.has(room)) return 'no_such_room'
    const record = operatorRecord(kind, room, body, bus.now(shardOf(room, bus.shards)), random)
    return publish(record)
  }

  function publish(record: RoomRecord): Promise<OperatorAnswer> {
    const { promise, resolve } = Promise.withResolvers<OperatorAnswer>()
    const others = waiting.get(record.key) ?? new Set()
    waiting.set(record.key, others.add(resolve))
    const cancel = scheduler.after(OBSERVE_MS, () => resolve('bus_unavailable'))
    void bus.publish([record]).then((failed) => {
      if (failed.length > 0) resolve('bus_unavailable')
    })
    return promise.finally(() => {
      cancel()
      others.delete(resolve)
      if (others.size === 0) waiting.delete(record.key)
    })
  }

  return {
    close: (room) => act('close', room, {}),
    burn: (room) => act('burn', room, {}),
    lock: (room, on) => act('set', room, { locked: on }),
    use(room, member, invite, uses) {
      const record = operatorRecord('use', room.key, { invite, uses }, room.now, random)
      return publish({ ...record, member, key: `${member}${invite}` as Key })
    },
    observed(record, outcome) {
      const all = record.as === 'operator' ? waiting.get(record.key) : undefined
      for (const resolve of all ?? []) resolve(outcome.ok ? undefined : outcome.code)
      return all !== undefined
    },
  }
}
