import type { Bus } from '../bus/bus.ts'
import type { Scheduler } from '../clock.ts'
import type { Room } from '../rooms/room.ts'
import { readSettings } from '../rooms/settings.ts'
import type { Shard } from '../rooms/shard.ts'

/** A change of a room is in its snapshot within this time, in milliseconds. */
const DELAY_MS = 500

export interface Snapshots {
  /** The room's settings have changed. */
  changed(room: Room): void
  /** The room has been forgotten. */
  forgotten(room: Room): void
}

/** Keeps, beside the log, what of a room must outlive its messages. */
export function snapshots(bus: Bus, scheduler: Scheduler): Snapshots {
  const waiting = new Set<Room>()

  function write(): void {
    for (const { key, touched, lockedAt, settings } of waiting)
      void bus.putSnapshot(key, { room: key, touched, lockedAt, settings: { ...settings } })
    waiting.clear()
  }

  return {
    changed(room) {
      if (waiting.size === 0) scheduler.after(DELAY_MS, write)
      waiting.add(room)
    },
    forgotten(room) {
      waiting.delete(room)
      void bus.putSnapshot(room.key, undefined)
    },
  }
}

/** Takes up the rooms whose making lies further back than the log reaches. */
export async function adoptSnapshots(bus: Bus, shard: number, into: Shard): Promise<void> {
  for (const { room, touched, lockedAt, settings } of await bus.snapshots(shard))
    into.adopt(room, { touched, lockedAt, settings: readSettings(settings) })
}
