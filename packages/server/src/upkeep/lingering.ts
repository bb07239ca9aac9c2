import { BEFORE_FIRST, type Key, LIMITS, type MemberId, type RoomRecord } from '@whisperrooms/protocol'
import type { Bus } from '../bus/bus.ts'
import type { Clock, Random, Scheduler } from '../clock.ts'
import { writeBody } from '../rooms/body.ts'
import type { Room } from '../rooms/room.ts'
import { Shard } from '../rooms/shard.ts'

/** Every room is looked at this many times in the time rooms linger, a part of them at a time. */
const ROUNDS = 8
const PARTS = 32
const NOBODY = 'AAAAAAAAAAAAAAAA' as MemberId

export interface LingeringOptions {
  readonly shards: readonly Shard[]
  readonly bus: Bus
  readonly lingerMs: number
  readonly clock: Clock
  readonly scheduler: Scheduler
  readonly random: Random
}

/**
 * Forgets rooms with nobody and nothing in them after a while: by a record, so that all gateways do, and none when somebody came
 * meanwhile.
 *
 * @returns the function that stops it.
 */
export function lingering({ shards, bus, lingerMs, clock, scheduler, random }: LingeringOptions): () => void {
  const idle = new WeakMap<Room, { readonly since: number; readonly visits: number }>()
  const everyMs = lingerMs / ROUNDS / PARTS
  const allRooms = function* (): Generator<Room, undefined> {
    for (const shard of shards) yield* shard.rooms.values()
    return undefined
  }
  let round = allRooms()
  let cancel = scheduler.after(everyMs, look)

  function look(): void {
    const now = clock()
    const ends: RoomRecord[] = []
    const size = shards.reduce((sum, { rooms }) => sum + rooms.size, 0)
    for (let i = Math.ceil(size / PARTS); i > 0; i--) {
      const { value: room, done } = round.next()
      if (done) {
        round = allRooms()
        break
      }
      if (isOver(room, now)) ends.push(endOf(room))
    }
    if (ends.length > 0) void bus.publish(ends)
    cancel = scheduler.after(everyMs, look)
  }

  /** Whether nobody and nothing has been in the room for as long as it lingers. */
  function isOver(room: Room, now: number): boolean {
    if (!Shard.isIdle(room)) {
      idle.delete(room)
      return false
    }
    const known = idle.get(room)
    // Somebody may have come and gone between two looks.
    if (known === undefined || known.visits !== room.visits) idle.set(room, { since: now, visits: room.visits })
    else if (now - known.since >= lingerMs) {
      // Should the record be lost or void, the room lingers once more.
      idle.delete(room)
      return true
    }
    return false
  }

  function endOf(room: Room): RoomRecord {
    return {
      v: 1,
      kind: 'end',
      room: room.key,
      member: NOBODY,
      as: 'owner',
      joined: BEFORE_FIRST,
      key: random(12).toString('base64url') as Key,
      ttl: 0,
      notAfter: bus.now() + LIMITS.beforeMs,
      body: writeBody({ asOf: room.touched }),
    }
  }

  return () => cancel()
}
