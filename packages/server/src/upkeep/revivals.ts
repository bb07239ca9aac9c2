import type { Bus } from '../bus/bus.ts'
import type { Random, Scheduler } from '../clock.ts'
import type { Room } from '../rooms/room.ts'
import type { Shard } from '../rooms/shard.ts'
import { roomRecord } from './room-record.ts'

/** Of several gateways that make the same rooms again, most find that another one has, within this time. Milliseconds. */
const JITTER_MS = 50
/** A room that is not there after this time is made again once more, in milliseconds. */
const AGAIN_MS = 1_000
/** Rooms made again at a time. */
const BATCH = 256

export interface RevivalsOptions {
  readonly bus: Bus
  /** Whether a shard is still kept here. */
  readonly isHosted: (shard: Shard) => boolean
  readonly scheduler: Scheduler
  readonly random: Random
}

/** Makes the parked rooms of a shard again. @param delayMs for others, who may know them better, to do so first. */
export type Revive = (shard: Shard, delayMs?: number) => void

/** Makes rooms again that the log has lost: as they were, without what was said. The first who does so decides, as with any room. */
export function revivals({ bus, isHosted, scheduler, random }: RevivalsOptions): Revive {
  const reviving = new WeakSet<Shard>()

  async function revive(shard: Shard): Promise<void> {
    for (let rooms = [...shard.parked.values()]; rooms.length > 0; rooms = rooms.slice(BATCH))
      await bus.publish(rooms.slice(0, BATCH).map(recordOf))
  }

  function recordOf({ key, settings, now }: Room) {
    return roomRecord('create', key, settings, now, random)
  }

  function later(shard: Shard, delayMs: number): void {
    scheduler.after(delayMs, () => {
      if (shard.parked.size === 0 || !isHosted(shard)) {
        reviving.delete(shard)
        return
      }
      void revive(shard).then(() => later(shard, AGAIN_MS))
    })
  }

  return (shard, delayMs = 0) => {
    if (reviving.has(shard)) return
    reviving.add(shard)
    later(shard, delayMs + (random(1).readUInt8() % JITTER_MS))
  }
}
