import type { Bus, BusSnapshot } from '../bus/bus.ts'
import type { Clock, Random, Scheduler } from '../clock.ts'
import type { Room } from '../rooms/room.ts'
import { readSettings } from '../rooms/settings.ts'
import type { Shard } from '../rooms/shard.ts'

/** A change of a room is in its snapshot within this time, by whoever published it, in milliseconds. */
const DELAY_MS = 500
/** By another gateway, should that one have died. */
const CHECK_MS = 2_000
/** One that has not been seen after it was put is put again, after this time, in milliseconds. */
const AGAIN_MS = 3_000
/** A snapshot that nobody puts again is gone after ten minutes. Milliseconds. */
const REFRESH_MS = 180_000
/** It is looked so often what has changed, and what must be put again, in milliseconds. */
const LOOK_MS = 500
const REFRESH_LOOK_MS = 10_000

export interface Snapshots {
  /** The room's settings have changed. `isOurs`: by something this gateway published. */
  changed(room: Room, isOurs: boolean): void
  /** The room has been forgotten. */
  forgotten(room: Room): void
  /** A snapshot of a room has been put, by whomever. */
  put(room: Room, snapshot: BusSnapshot): void
  /** Somebody took a snapshot away, of a room that is there. */
  withdrawn(room: Room): void
  stop(): void
}

/** What is known to have been put of a room. */
interface Kept {
  readonly epoch: string
  readonly asOf: number
  /** When it is to be put again, on the monotonic clock. */
  readonly dueMs: number
}

export interface SnapshotsOptions {
  readonly bus: Bus
  /** Whether the room is still one of this gateway's. */
  readonly isCurrent: (room: Room) => boolean
  readonly clock: Clock
  readonly scheduler: Scheduler
  readonly random: Random
}

/** Keeps, beside the log, what of a room must outlive its messages. */
export function snapshots({ bus, isCurrent, clock, scheduler, random }: SnapshotsOptions): Snapshots {
  const kept = new Map<Room, Kept>()
  /** When rooms that have changed are to be looked at. */
  const soon = new Map<Room, number>()
  let cancelLook = scheduler.after(LOOK_MS, look)
  let cancelRefresh = bus.isShared ? scheduler.after(REFRESH_LOOK_MS, refresh) : () => undefined

  function look(): void {
    const now = clock()
    for (const [room, dueMs] of soon) {
      if (dueMs > now) continue
      soon.delete(room)
      if (isCurrent(room) && !isKept(room)) write(room)
    }
    cancelLook = scheduler.after(LOOK_MS, look)
  }

  function refresh(): void {
    const now = clock()
    for (const [room, { dueMs }] of kept) {
      if (!isCurrent(room)) kept.delete(room)
      else if (dueMs < now) write(room)
    }
    cancelRefresh = scheduler.after(REFRESH_LOOK_MS, refresh)
  }

  function isKept(room: Room): boolean {
    const known = kept.get(room)
    return known !== undefined && known.epoch === room.epoch && known.asOf >= room.asOf
  }

  function write(room: Room): void {
    const { key, asOf, openedAt, lockedAt, settings, standings } = room
    soon.set(room, clock() + AGAIN_MS)
    bus.putSnapshot(key, {
      room: key,
      asOf,
      openedAt,
      lockedAt,
      settings: { ...settings },
      standings: standings.toJson(),
    })
  }

  function lookWithin(room: Room, ms: number): void {
    const dueMs = clock() + ms
    soon.set(room, Math.min(dueMs, soon.get(room) ?? dueMs))
  }

  return {
    changed: (room, isOurs) => lookWithin(room, isOurs ? DELAY_MS : CHECK_MS),
    forgotten(room) {
      soon.delete(room)
      kept.delete(room)
      bus.putSnapshot(room.key, undefined)
    },
    put(room, { asOf }) {
      // Whoever is first spares the others.
      const dueMs = clock() + REFRESH_MS * (1 + random(1).readUInt8() / 1024)
      kept.set(room, { epoch: room.epoch, asOf, dueMs })
      if (asOf < room.asOf) lookWithin(room, CHECK_MS)
    },
    withdrawn(room) {
      kept.delete(room)
      soon.set(room, clock() + DELAY_MS)
    },
    stop() {
      cancelLook()
      cancelRefresh()
    },
  }
}

/** Takes up a room whose making may lie further back than the log reaches. */
export function adoptSnapshot(shard: Shard, { room, settings, ...snapshot }: BusSnapshot): void {
  shard.adopt(room, { ...snapshot, settings: readSettings(settings) })
}
