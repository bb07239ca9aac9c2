import type { RoomRecord } from '@whisperrooms/protocol'
import type { Bus } from '../bus/bus.ts'
import type { Clock, Random, Scheduler } from '../clock.ts'
import type { Room } from '../rooms/room.ts'
import { Shard } from '../rooms/shard.ts'
import { roomRecord } from './room-record.ts'

/** Every room is looked at this many times in the shorter of the two times it goes by, a part of them at a time. */
const ROUNDS = 8
const PARTS = 32

export interface LingeringOptions {
  readonly shards: () => Iterable<Shard>
  readonly bus: Bus
  /** How long an empty room is remembered, in milliseconds. */
  readonly lingerMs: number
  /** Within this time of a record that touched it no room is forgotten, in milliseconds. */
  readonly longestTtlMs: number
  /** Whether anybody is in a room, at any gateway. */
  readonly isEmpty: (room: Room) => boolean
  readonly clock: Clock
  readonly scheduler: Scheduler
  readonly random: Random
}

/**
 * Keeps rooms with somebody in them, and forgets those with nobody and nothing after a while: both by records, so that all gateways do
 * the same. A room is forgotten when no record has touched it for the longest time to live; so where nothing is said, whoever has a
 * member in it touches it twice as often.
 *
 * @returns the function that stops it.
 */
export function lingering(options: LingeringOptions): () => void {
  const { bus, lingerMs, longestTtlMs, clock, scheduler, random, isEmpty } = options
  const idle = new WeakMap<Room, { readonly since: number; readonly visits: number }>()
  const touching = new WeakMap<Room, number>()
  const everyMs = Math.min(lingerMs, longestTtlMs) / ROUNDS / PARTS
  const allRooms = function* (): Generator<Room, undefined> {
    for (const shard of options.shards()) yield* shard.rooms.values()
    return undefined
  }
  let round = allRooms()
  let cancel = scheduler.after(everyMs, look)

  function look(): void {
    const now = clock()
    const records: RoomRecord[] = []
    let size = 0
    for (const { rooms } of options.shards()) size += rooms.size
    for (let i = Math.ceil(size / PARTS); i > 0; i--) {
      const { value: room, done } = round.next()
      if (done) {
        round = allRooms()
        break
      }
      if (mustTouch(room, now)) records.push(roomRecord('touch', room.key, {}, room.now, random))
      if (isOver(room, now)) records.push(roomRecord('end', room.key, {}, room.now, random))
    }
    if (records.length > 0) void bus.publish(records)
    cancel = scheduler.after(everyMs, look)
  }

  /** Whether somebody here is in a room that might be taken for forgotten. Others may think so too: whoever is first spares them. */
  function mustTouch(room: Room, now: number): boolean {
    if (room.sockets === 0 || room.now - room.touchedAt < longestTtlMs / 2) return false
    if (now - (touching.get(room) ?? Number.NEGATIVE_INFINITY) < longestTtlMs / 8) return false
    touching.set(room, now)
    return true
  }

  /** Whether nobody and nothing has been in the room for as long as it lingers. */
  function isOver(room: Room, now: number): boolean {
    if (!Shard.isIdle(room) || !isEmpty(room)) {
      idle.delete(room)
      return false
    }
    const known = idle.get(room)
    // Somebody may have come and gone between two looks.
    if (known === undefined || known.visits !== room.visits) idle.set(room, { since: now, visits: room.visits })
    else if (now - known.since >= lingerMs && room.now - room.touchedAt >= longestTtlMs) {
      // Should the record be lost or void, the room lingers once more.
      idle.delete(room)
      return true
    }
    return false
  }

  return () => cancel()
}
