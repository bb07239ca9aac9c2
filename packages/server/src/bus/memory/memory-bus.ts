import type { AppendedRecord, Epoch, Offset, RoomKey } from '@whisperrooms/protocol'
import type { Clock, Random, Scheduler } from '../../clock.ts'
import { type Bus, type BusSnapshot, type BusSubscriber, shardOf } from '../bus.ts'
import { Delivery } from './delivery.ts'

export interface MemoryBusOptions {
  /** Monotonic milliseconds. */
  readonly clock: Clock
  readonly scheduler: Scheduler
  readonly random: Random
  /** What bus time is at the start: the wall clock, read once. */
  readonly startMs: number
  readonly shards: number
  /**
   * How long records are kept for subscribers still to come, in milliseconds. 0 where the only subscriber is there before
   * the first record, as in a gateway of its own: then nothing is held twice.
   */
  readonly retentionMs: number
}

/** How often subscribers of a quiet shard are told that nothing came. */
const PROGRESS_MS = 500

interface Log {
  readonly deliveries: Set<Delivery>
  readonly subscribers: Set<BusSubscriber>
  readonly records: AppendedRecord[]
  nextOffset: number
}

/** The bus of one process: an append is a push, and bus time is the process's own monotonic clock, anchored once. */
export function memoryBus(options: MemoryBusOptions): Bus {
  const { clock, scheduler, random, retentionMs } = options
  const anchorMs = options.startMs - clock()
  const now = () => Math.floor(anchorMs + clock())
  const epoch = random(9).toString('base64url') as Epoch
  const logs: Log[] = Array.from({ length: options.shards }, () => ({
    subscribers: new Set(),
    deliveries: new Set(),
    records: [],
    nextOffset: 0,
  }))
  const snapshots = new Map<RoomKey, BusSnapshot>()
  let cancelProgress = scheduler.after(PROGRESS_MS, progress)

  function progress(): void {
    for (const log of logs) {
      forgetOld(log)
      for (const delivery of log.deliveries) void delivery.deliver([], now())
    }
    cancelProgress = scheduler.after(PROGRESS_MS, progress)
  }

  function forgetOld(log: Log): void {
    const oldest = now() - retentionMs
    let gone = 0
    while (gone < log.records.length && (log.records[gone]?.at ?? 0) < oldest) gone++
    if (gone > 0) log.records.splice(0, gone)
  }

  function logOf(shard: number): Log {
    const log = logs[shard]
    if (log === undefined) throw new RangeError(`there is no shard ${shard}`)
    return log
  }

  return {
    isShared: false,
    shards: options.shards,
    // Nobody but this process sees them.
    keyOf: (room) => String(room) as RoomKey,
    epoch: () => epoch,
    now,
    isReady: () => true,

    async publish(records) {
      const at = now()
      const batches = new Map<Log, AppendedRecord[]>()
      for (const record of records) {
        const log = logOf(shardOf(record.room, options.shards))
        const appended = { record, offset: log.nextOffset++ as Offset, at }
        const batch = batches.get(log)
        if (batch === undefined) batches.set(log, [appended])
        else batch.push(appended)
        if (retentionMs > 0) log.records.push(appended)
      }
      const taken: Promise<void>[] = []
      for (const [log, batch] of batches)
        for (const delivery of log.deliveries) {
          const busy = delivery.deliver(batch, at)
          if (busy !== undefined) taken.push(busy)
        }
      await Promise.all(taken)
      return []
    },

    subscribe(shard, sinceMs, subscriber) {
      const log = logOf(shard)
      const kept = log.records.filter(({ at }) => at >= sinceMs)
      subscriber.begins((kept[0]?.offset ?? log.nextOffset) as Offset)
      for (const snapshot of snapshots.values())
        if (shardOf(snapshot.room, options.shards) === shard) subscriber.snapshot(snapshot)
      log.subscribers.add(subscriber)
      const delivery = new Delivery(subscriber)
      const busy = delivery.deliver(kept, now())
      log.deliveries.add(delivery)
      const caughtUp = busy ?? Promise.resolve()
      return {
        caughtUp,
        taken: () => caughtUp.then(() => true),
        end() {
          delivery.end()
          log.deliveries.delete(delivery)
          log.subscribers.delete(subscriber)
        },
      }
    },

    putSnapshot(room, snapshot) {
      if (snapshot === undefined) snapshots.delete(room)
      else {
        snapshots.set(room, snapshot)
        for (const subscriber of logOf(shardOf(room, options.shards)).subscribers) subscriber.snapshot(snapshot)
      }
    },

    // There is no other gateway, and the epoch lasts as long as the process.
    putAttendance: () => undefined,
    onEpoch: () => undefined,
    erasedWithin: async () => undefined,

    async close() {
      cancelProgress()
      for (const log of logs) {
        for (const delivery of log.deliveries) delivery.end()
        log.deliveries.clear()
      }
    },
  }
}
