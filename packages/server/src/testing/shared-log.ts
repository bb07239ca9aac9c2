import { BEFORE_FIRST, FIRST, type RoomKey } from '@whisperrooms/protocol'
import {
  type Bus,
  type BusSnapshot,
  type BusSubscriber,
  type GatewayId,
  type Subscription,
  shardOf,
} from '../bus/bus.ts'
import { memoryBus } from '../bus/memory/memory-bus.ts'
import { countingRandom } from './counting-random.ts'
import type { ManualTime } from './manual-time.ts'

/** A log that several gateways of a test share, in memory. */
export interface SharedLog {
  /** Another gateway's bus on it. */
  open(): Bus
  /** Loses all that is in it, and begins a new epoch; with `keepSnapshots`, what was kept beside it is still there. */
  beginAnew(options?: { readonly keepSnapshots?: boolean }): void
}

interface Opened {
  readonly gateway: GatewayId
  readonly subscribers: Map<BusSubscriber, { readonly shard: number; readonly subscription: Subscription }>
  changed: () => void
}

export function sharedLog({ clock, scheduler }: ManualTime, shards = 2): SharedLog {
  const random = countingRandom()
  const make = () =>
    memoryBus({ clock, scheduler, random, startMs: Date.UTC(2026, 0, 1), shards, retentionMs: 320_000 })
  const all: Opened[] = []
  let log = make()
  let kept = new Map<RoomKey, BusSnapshot>()

  /** A snapshot as it is told in a later epoch. */
  const ofEarlier = (snapshot: BusSnapshot): BusSnapshot => ({
    ...snapshot,
    asOf: BEFORE_FIRST,
    lockedAt: snapshot.lockedAt === undefined ? undefined : FIRST,
  })

  return {
    open() {
      const mine: Opened = { gateway: `gateway-${all.length}`, subscribers: new Map(), changed: () => undefined }
      all.push(mine)
      return {
        ...log,
        isShared: true,
        epoch: () => log.epoch(),
        publish: (records) => log.publish(records),
        putSnapshot(room, snapshot) {
          if (snapshot === undefined) kept.delete(room)
          else kept.set(room, ofEarlier(snapshot))
          log.putSnapshot(room, snapshot)
        },
        subscribe(shard, sinceMs, subscriber) {
          const subscription = log.subscribe(shard, sinceMs, subscriber)
          mine.subscribers.set(subscriber, { shard, subscription })
          return {
            ...subscription,
            end() {
              subscription.end()
              mine.subscribers.delete(subscriber)
            },
          }
        },
        putAttendance(room, attendance) {
          for (const other of all)
            if (other !== mine)
              for (const [subscriber, { shard }] of other.subscribers)
                if (shard === shardOf(room, shards)) subscriber.attendance(mine.gateway, room, attendance)
        },
        onEpoch(changed) {
          mine.changed = changed
        },
      }
    },

    beginAnew({ keepSnapshots = false } = {}) {
      void log.close()
      log = make()
      if (keepSnapshots) for (const [room, snapshot] of kept) log.putSnapshot(room, snapshot)
      else kept = new Map()
      for (const { subscribers } of all) subscribers.clear()
      for (const { changed } of all) changed()
    },
  }
}
