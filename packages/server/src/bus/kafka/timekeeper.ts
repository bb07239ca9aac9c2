import type { Clock, Scheduler } from '../../clock.ts'
import type { GatewayId } from '../bus.ts'
import type { KafkaDriver, StoredMessage } from './driver.ts'
import { KafkaClock } from './kafka-clock.ts'
import { type StateCodec, type StateEntry, stateKey } from './state-entries.ts'
import type { StateTopic } from './state-topic.ts'

/** How often each broker is asked for its time, in milliseconds. */
const PROBE_MS = 2_000
/** Probes at the beginning: the first waits for connections to be made. */
const FIRST_PROBES = 3
/** A probe that has not come back after so long never will, in milliseconds. */
const LOST_MS = 10_000

export interface TimekeeperOptions {
  readonly driver: KafkaDriver
  readonly gateway: GatewayId
  readonly logTopic: string
  readonly stateTopic: string
  readonly statePartitions: () => number
  readonly state: StateTopic
  readonly codec: StateCodec
  readonly clock: Clock
  readonly scheduler: Scheduler
  /** A broker's clock was set: what it stamped before means something else now. */
  readonly stepped: () => void
}

/** One broker's time, and the partition by which it is asked. */
interface Keeping {
  readonly time: KafkaClock
  readonly partition: number
  readonly stop: () => void
  /** What is known is of before its clock was set. */
  isOutdated: boolean
}

interface Asked {
  readonly broker: number
  readonly sentMs: number
  confirmedMs: number | undefined
}

/**
 * Knows the time of every broker that leads a shard which somebody asked about: appends a mark to a partition it leads, every two
 * seconds, and reads back what the broker stamped it with.
 */
export class Timekeeper {
  readonly #options: TimekeeperOptions
  readonly #keepings = new Map<number, Keeping>()
  readonly #asked = new Map<number, Asked>()
  readonly #answers = new Map<number, (agrees: boolean) => void>()
  #count = 0
  #cancel: () => void

  constructor(options: TimekeeperOptions) {
    this.#options = options
    this.#cancel = options.scheduler.after(PROBE_MS, () => this.#round())
  }

  /** The clock of the broker that leads a shard; of any other one while that is not known. */
  of(shard: number): KafkaClock {
    const { driver, logTopic } = this.#options
    const leader = driver.leaderOf(logTopic, shard)
    const own = leader === undefined ? undefined : this.#keepings.get(leader)?.time
    if (own?.isSet) return own
    for (const { time } of this.#keepings.values()) if (time.isSet) return time
    throw new Error('no broker has been asked for its time')
  }

  /** Sees to it that the time of the broker that leads a shard is known. */
  async know(shard: number): Promise<void> {
    const { driver, logTopic } = this.#options
    const broker = driver.leaderOf(logTopic, shard)
    if (broker === undefined) return
    const keeping = this.#keepings.get(broker) ?? this.#keep(broker)
    if (keeping === undefined || keeping.time.isSet) return
    for (let i = 0; i < FIRST_PROBES; i++) await this.#ask(broker, keeping)
  }

  /** Learns the time anew, because a clock may have been set. Until it has, the old one goes on. */
  async begin(): Promise<void> {
    await Promise.all(
      [...this.#keepings].map(([broker, keeping]) => {
        keeping.isOutdated = true
        return this.#ask(broker, keeping)
      }),
    )
  }

  /** Asks the broker that leads a shard now, rather than at the next round. @returns whether its clock goes on as before, as far as is known. */
  async verify(shard: number): Promise<boolean> {
    const { driver, logTopic } = this.#options
    const broker = driver.leaderOf(logTopic, shard)
    const keeping = broker === undefined ? undefined : this.#keepings.get(broker)
    return broker === undefined || keeping === undefined || this.#ask(broker, keeping)
  }

  close(): void {
    this.#cancel()
    for (const { stop } of this.#keepings.values()) stop()
    for (const answer of this.#answers.values()) answer(true)
  }

  #keep(broker: number): Keeping | undefined {
    const { driver, stateTopic, statePartitions, state, clock } = this.#options
    const partitions = Array.from({ length: statePartitions() }, (_, partition) => partition)
    const partition = partitions.find((one) => driver.leaderOf(stateTopic, one) === broker)
    if (partition === undefined) return undefined
    const listener = {
      entry: (entry: StateEntry, message: StoredMessage) => this.#readBack(entry, message),
      read: () => undefined,
    }
    const stop = state.follow(partition, listener)
    const keeping: Keeping = { time: new KafkaClock(clock), partition, stop, isOutdated: false }
    this.#keepings.set(broker, keeping)
    return keeping
  }

  #round(): void {
    const { clock, scheduler } = this.#options
    for (const [broker, keeping] of this.#keepings) void this.#ask(broker, keeping)
    for (const [count, { sentMs }] of this.#asked) if (clock() - sentMs > LOST_MS) this.#forget(count, true)
    this.#cancel = scheduler.after(PROBE_MS, () => this.#round())
  }

  /** @returns, when the answer is there or will not come, whether it agreed with what was known. */
  async #ask(broker: number, { partition }: Keeping): Promise<boolean> {
    const { driver, gateway, stateTopic, codec, clock } = this.#options
    const count = ++this.#count
    const asked: Asked = { broker, sentMs: clock(), confirmedMs: undefined }
    this.#asked.set(count, asked)
    const { promise, resolve } = Promise.withResolvers<boolean>()
    this.#answers.set(count, resolve)
    const key = stateKey.time(gateway)
    const message = { topic: stateTopic, partition, key: Buffer.from(key), value: codec.encode(key, { count }) }
    const failed = await driver.append([message])
    asked.confirmedMs = clock()
    if (failed.length > 0) this.#forget(count, true)
    return promise
  }

  #readBack(entry: StateEntry, { at }: StoredMessage): void {
    const { gateway, clock, stepped } = this.#options
    if (entry.type !== 'time' || entry.gateway !== gateway || entry.value === undefined) return
    const asked = this.#asked.get(entry.value)
    const keeping = asked === undefined ? undefined : this.#keepings.get(asked.broker)
    if (asked === undefined || keeping === undefined) return
    if (keeping.isOutdated) keeping.time.reset()
    keeping.isOutdated = false
    const agrees = keeping.time.probe(asked.sentMs, asked.confirmedMs ?? clock(), at)
    if (!agrees) stepped()
    this.#forget(entry.value, agrees)
  }

  #forget(count: number, agrees: boolean): void {
    this.#asked.delete(count)
    this.#answers.get(count)?.(agrees)
    this.#answers.delete(count)
  }
}
