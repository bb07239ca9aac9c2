import type { Clock, Scheduler } from '../../clock.ts'
import type { GatewayId } from '../bus.ts'
import type { KafkaDriver, Message, StoredMessage } from './driver.ts'
import { type StateCodec, type StateEntry, stateKey } from './state-entries.ts'

/** So often something is appended to a partition in which something old must go: compaction looks at closed segments only. Milliseconds. */
const TICK_MS = 2_000
/** So long a partition is kept going after something in it was superseded, in milliseconds. */
const CLEANING_MS = 20_000
/** So long it is waited for a gateway to be heard, before what it left is taken away, in milliseconds. */
const SWEEP_MS = 15_000
/** Before a follower that could not begin tries again, in milliseconds. */
const AGAIN_MS = 500

/** Takes in what a partition of the state topic says. */
export interface StateListener {
  entry(entry: StateEntry, message: StoredMessage): void
  /** Everything that was there has been taken in; called again after every look. `asOf` is monotonic. */
  read(asOf: number): void
}

export interface StateTopicOptions {
  readonly driver: KafkaDriver
  readonly topic: string
  readonly partitions: () => number
  readonly codec: StateCodec
  readonly clock: Clock
  readonly scheduler: Scheduler
  /** Whether a gateway is known to be there. */
  readonly isHere: (gateway: GatewayId) => boolean
  readonly trouble: (what: string, error?: unknown) => void
}

/** What a gateway has put into the partitions that are followed here. */
interface Left {
  readonly sinceMs: number
  /** The partition each key is in. */
  readonly keys: Map<string, number>
}

export interface StateTopic {
  /** Follows a partition from its beginning. @returns the function that stops it. */
  follow(partition: number, listener: StateListener): () => void
  /** Writes an entry; without content a tombstone. @returns whether it was confirmed. */
  put(partition: number, key: string, content: unknown): Promise<boolean>
  /** Takes away what a gateway has left: it cannot do so itself any more. */
  forget(gateway: GatewayId): void
  close(): void
}

/** The partition in which the state of a shard is. */
export const statePartitionOf = (shard: number, partitions: number): number => shard % Math.max(1, partitions)

/** The compacted topic: of each key its latest value, of what ended nothing. */
export function stateTopic(options: StateTopicOptions): StateTopic {
  const { driver, topic, codec, clock, scheduler, trouble } = options
  const unclean = new Map<number, number>()
  const left = new Map<GatewayId, Left>()
  let cancelSweep = scheduler.after(SWEEP_MS, sweep)
  let cancelTick = scheduler.after(TICK_MS, tick)
  let closed = false

  /** Keeps partitions going until what was superseded in them is physically gone. */
  function tick(): void {
    const now = clock()
    const ticks: Message[] = []
    for (const [partition, until] of unclean) {
      if (until < now) unclean.delete(partition)
      else ticks.push({ topic, partition, key: Buffer.from(stateKey.tick), value: Buffer.from('1') })
    }
    if (ticks.length > 0) void driver.append(ticks)
    cancelTick = scheduler.after(TICK_MS, tick)
  }

  /** Notes which gateway an entry is of. */
  function note(entry: StateEntry, key: string, partition: number): void {
    if (!('gateway' in entry)) return
    if (entry.value === undefined) return clear(entry.gateway, key)
    const known = left.get(entry.gateway) ?? { sinceMs: clock(), keys: new Map<string, number>() }
    known.keys.set(key, partition)
    left.set(entry.gateway, known)
  }

  function clear(gateway: GatewayId, key: string): void {
    const keys = left.get(gateway)?.keys
    keys?.delete(key)
    if (keys?.size === 0) left.delete(gateway)
  }

  /** Retention takes nothing from a partition that is appended to, because compaction makes old segments one with new ones. */
  function forget(gateway: GatewayId): void {
    for (const [key, partition] of left.get(gateway)?.keys ?? [])
      void put(partition, key, undefined).then((isConfirmed) => {
        if (isConfirmed) clear(gateway, key)
      })
  }

  function sweep(): void {
    for (const [gateway, { sinceMs }] of left)
      if (!options.isHere(gateway) && clock() - sinceMs >= SWEEP_MS) forget(gateway)
    cancelSweep = scheduler.after(SWEEP_MS, sweep)
  }

  async function put(partition: number, key: string, content: unknown): Promise<boolean> {
    unclean.set(partition, clock() + CLEANING_MS)
    const value = content === undefined ? undefined : codec.encode(key, content)
    const failed = await driver.append([{ topic, partition, key: Buffer.from(key), value }])
    return failed.length === 0
  }

  const partitionOf = (shard: number) => statePartitionOf(shard, options.partitions())

  return {
    follow(shard, listener) {
      const partition = partitionOf(shard)
      let stop = () => {}
      let ended = false

      async function begin(): Promise<void> {
        const first = await driver.offsetAt(topic, partition, 'earliest')
        if (ended) return
        stop = driver.follow({
          topic,
          partition,
          from: first,
          took(messages, _end, tailAsOf) {
            for (const message of messages) {
              const entry = codec.decode(message.key, message.value)
              if (entry === undefined) continue
              note(entry, String(message.key), partition)
              listener.entry(entry, message)
            }
            if (tailAsOf !== undefined) listener.read(tailAsOf)
            return undefined
          },
          // Compaction and retention take away what nobody needs any more.
          overtaken: () => undefined,
          diverged: start,
        })
      }

      function start(): void {
        if (ended || closed) return
        begin().catch((error: unknown) => {
          trouble('the state topic could not be followed', error)
          scheduler.after(AGAIN_MS, start)
        })
      }

      start()
      return () => {
        ended = true
        stop()
      }
    },

    put: (shard, key, content) => put(partitionOf(shard), key, content),
    forget,

    close() {
      closed = true
      cancelTick()
      cancelSweep()
    },
  }
}
