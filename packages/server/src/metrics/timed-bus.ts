import type { Bus } from '../bus/bus.ts'
import type { Clock } from '../clock.ts'

/**
 * The same bus.
 *
 * @param answered told for each publish how long it took until it was answered, in milliseconds.
 * @param takingUp told when a shard begins to be read, and what it returns when that has caught up, or ended before.
 */
export function timedBus(
  bus: Bus,
  clock: Clock,
  answered: (ms: number) => void,
  takingUp?: (shard: number) => (isDone: boolean) => void,
): Bus {
  const { rehearse } = bus
  return {
    isShared: bus.isShared,
    // It may change with the epoch.
    get shards() {
      return bus.shards
    },
    keyOf: (room) => bus.keyOf(room),
    epoch: () => bus.epoch(),
    now: (shard) => bus.now(shard),
    isReady: (shard) => bus.isReady(shard),
    async publish(records) {
      const began = clock()
      const lost = await bus.publish(records)
      answered(clock() - began)
      return lost
    },
    subscribe(shard, sinceMs, subscriber) {
      const tookUp = takingUp?.(shard)
      const subscription = bus.subscribe(shard, sinceMs, subscriber)
      if (tookUp === undefined) return subscription
      void subscription.caughtUp.then(() => tookUp(true))
      return {
        caughtUp: subscription.caughtUp,
        taken: (room) => subscription.taken(room),
        end() {
          tookUp(false)
          subscription.end()
        },
      }
    },
    putSnapshot: (room, snapshot) => bus.putSnapshot(room, snapshot),
    putAttendance: (room, attendance) => bus.putAttendance(room, attendance),
    erasedWithin: () => bus.erasedWithin(),
    ...(rehearse === undefined ? {} : { rehearse }),
    onEpoch: (changed) => bus.onEpoch(changed),
    close: () => bus.close(),
  }
}
