import { BEFORE_FIRST, type Key, LIMITS, type MemberId } from '@whisperrooms/protocol'
import type { Bus } from '../bus/bus.ts'
import type { Clock, Random, Scheduler } from '../clock.ts'
import { writeBody } from '../rooms/body.ts'
import type { Room } from '../rooms/room.ts'
import { Shard } from '../rooms/shard.ts'

/** Rooms are looked at this many times in the time they linger. */
const LOOKS = 8
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
  let cancel = scheduler.after(lingerMs / LOOKS, look)

  function look(): void {
    const now = clock()
    for (const shard of shards) for (const room of shard.rooms.values()) consider(room, now)
    cancel = scheduler.after(lingerMs / LOOKS, look)
  }

  function consider(room: Room, now: number): void {
    if (!Shard.isIdle(room)) {
      idle.delete(room)
      return
    }
    const known = idle.get(room)
    // Somebody may have come and gone between two looks.
    if (known === undefined || known.visits !== room.visits) idle.set(room, { since: now, visits: room.visits })
    else if (now - known.since >= lingerMs) {
      // Should the record be lost or void, the room lingers once more.
      idle.delete(room)
      void bus.publish([endOf(room)])
    }
  }

  function endOf(room: Room) {
    return {
      v: 1,
      kind: 'end',
      room: room.id,
      member: NOBODY,
      as: 'owner',
      joined: BEFORE_FIRST,
      key: random(12).toString('base64url') as Key,
      ttl: 0,
      notAfter: bus.now() + LIMITS.beforeMs,
      body: writeBody({ asOf: room.touched }),
    } as const
  }

  return () => cancel()
}
