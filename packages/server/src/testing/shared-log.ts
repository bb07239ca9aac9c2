import { BEFORE_FIRST, FIRST, type RoomKey } from '@whisperrooms/protocol'
import {
  type Attendance,
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

export interface SharedLogOptions {
  readonly shards?: number
  /** How long it takes until a shard is read, as over a network, in milliseconds. */
  readonly takeUpMs?: number
}

interface Opened {
  readonly gateway: GatewayId
  readonly subscribers: Map<BusSubscriber, number>
  /** Who is at this gateway. */
  readonly attendances: Map<RoomKey, Attendance>
  changed: () => void
}

export function sharedLog(
  { clock, scheduler }: ManualTime,
  { shards = 2, takeUpMs = 0 }: SharedLogOptions = {},
): SharedLog {
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
    openedAt: BEFORE_FIRST,
    lockedAt: snapshot.lockedAt === undefined ? undefined : FIRST,
  })

  /** Begins to read at once. */
  function read(mine: Opened, shard: number, sinceMs: number, subscriber: BusSubscriber): Subscription {
    const subscription = log.subscribe(shard, sinceMs, subscriber)
    mine.subscribers.set(subscriber, shard)
    for (const { gateway, attendances } of all.filter((other) => other !== mine))
      for (const [room, attendance] of attendances)
        if (shard === shardOf(room, shards)) subscriber.attendance(gateway, room, attendance)
    return subscription
  }

  return {
    open() {
      const mine: Opened = {
        gateway: `gateway-${all.length}`,
        subscribers: new Map(),
        attendances: new Map(),
        changed: () => undefined,
      }
      all.push(mine)
      return {
        ...log,
        isShared: true,
        epoch: () => log.epoch(),
        now: (shard) => log.now(shard),
        publish: (records) => log.publish(records),
        putSnapshot(room, snapshot) {
          if (snapshot === undefined) kept.delete(room)
          else kept.set(room, ofEarlier(snapshot))
          log.putSnapshot(room, snapshot)
        },
        subscribe(shard, sinceMs, subscriber) {
          const { promise: caughtUp, resolve } = Promise.withResolvers<void>()
          const ended = Promise.withResolvers<false>()
          let end = (): void => undefined
          const begin = () => {
            const subscription = read(mine, shard, sinceMs, subscriber)
            end = subscription.end
            void subscription.caughtUp.then(resolve)
          }
          if (takeUpMs === 0) begin()
          else end = scheduler.after(takeUpMs, begin)
          return {
            caughtUp,
            taken: () => Promise.race([caughtUp.then(() => true), ended.promise]),
            end() {
              end()
              ended.resolve(false)
              mine.subscribers.delete(subscriber)
            },
          }
        },
        putAttendance(room, attendance) {
          if (attendance === undefined) mine.attendances.delete(room)
          else mine.attendances.set(room, attendance)
          for (const other of all)
            if (other !== mine)
              for (const [subscriber, shard] of other.subscribers)
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
