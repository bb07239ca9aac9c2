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

/** Makes rooms again that the log has lost: as they were, without what was said. The first who does so decides, as with any room. */
export function revivals(bus: Bus, scheduler: Scheduler, random: Random): (shard: Shard) => void {
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
      if (shard.parked.size === 0 || shard.epoch !== bus.epoch()) {
        reviving.delete(shard)
        return
      }
      void revive(shard).then(() => later(shard, AGAIN_MS))
    })
  }

  return (shard) => {
    if (reviving.has(shard)) return
    reviving.add(shard)
    later(shard, random(1).readUInt8() % JITTER_MS)
  }
}
