import type { Clock, Scheduler } from '../../clock.ts'
import type { GatewayId } from '../bus.ts'
import type { KafkaDriver, StoredMessage } from './driver.ts'
import { KafkaClock, STEP_MS } from './kafka-clock.ts'
import { type StateCodec, type StateEntry, stateKey } from './state-entries.ts'
import { type StateTopic, statePartitionOf } from './state-topic.ts'

/** How often each broker is asked for its time, in milliseconds. */
const PROBE_MS = 2_000
/** Probes at the beginning: the first waits for connections to be made. */
const FIRST_PROBES = 3
/** A new epoch does not wait longer than this for the brokers' times, in milliseconds. */
const BEGIN_MS = 2_000
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
  readonly broker: number
  readonly time: KafkaClock
  partition: number
  stop: () => void
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
  /** By which broker's time each shard that somebody asked about goes; `undefined` while that is not known. */
  readonly #goesBy = new Map<number, number | undefined>()
  readonly #answers = new Map<number, (agrees: boolean) => void>()
  #count = 0
  #cancel: () => void

  constructor(options: TimekeeperOptions) {
    this.#options = options
    this.#cancel = options.scheduler.after(PROBE_MS, () => this.#round())
  }

  /** The clock of the broker that leads a shard; of any other one while that is not known. */
  of(shard: number): KafkaClock {
    return this.#timeOf(this.#options.driver.leaderOf(this.#options.logTopic, shard))
  }

  /** The same of the broker that leads a shard's partition of the state topic. */
  ofState(shard: number): KafkaClock {
    return this.#timeOf(this.#leaderOfState(shard))
  }

  #leaderOfState(shard: number): number | undefined {
    const { driver, stateTopic, statePartitions } = this.#options
    return driver.leaderOf(stateTopic, statePartitionOf(shard, statePartitions()))
  }

  #timeOf(leader: number | undefined): KafkaClock {
    const own = leader === undefined ? undefined : this.#keepings.get(leader)?.time
    if (own?.isSet) return own
    for (const { time } of this.#keepings.values()) if (time.isSet) return time
    throw new Error('no broker has been asked for its time')
  }

  /** Sees to it that the time of the broker that leads a shard is known. @returns whether it goes on as it was for this shard. */
  async know(shard: number): Promise<boolean> {
    const { driver, logTopic, stateTopic } = this.#options
    const broker = driver.leaderOf(logTopic, shard) ?? driver.leaderOf(stateTopic, 0)
    if (broker === undefined) return true
    const keeping = await this.#learn(broker)
    return keeping === undefined || this.#moves(shard, keeping)
  }

  /** The same of the broker that leads its partition of the state topic. */
  async knowState(shard: number): Promise<void> {
    const broker = this.#leaderOfState(shard)
    if (broker !== undefined) await this.#learn(broker)
  }

  /** @returns the time of a broker, once it is known or was asked for in vain; `undefined` when no broker can be asked. */
  async #learn(broker: number): Promise<Keeping | undefined> {
    // A broker that leads nothing of the state topic cannot be asked: another one has to do.
    const keeping = this.#keepings.get(broker) ?? this.#keep(broker) ?? this.#keepSome()
    for (let i = 0; i < FIRST_PROBES && keeping?.time.isSet === false; i++) await this.#ask(keeping)
    return keeping
  }

  /** Notes that a shard goes by another broker's time now. @returns whether that is the same time. */
  #moves(shard: number, { broker, time }: Keeping): boolean {
    const before = this.#keepings.get(this.#goesBy.get(shard) ?? broker)?.time
    this.#goesBy.set(shard, time.isSet ? broker : this.#goesBy.get(shard))
    if (before === undefined || before === time || !before.isSet || !time.isSet) return true
    if (Math.abs(before.now() - time.now()) <= STEP_MS) return true
    this.#options.stepped()
    return false
  }

  /**
   * Learns the time anew, because a clock may have been set. The time of a leader that has not told it in two seconds goes on, and
   * when it turns out to be another one after all, that is a step.
   */
  async begin(): Promise<void> {
    const { driver, logTopic, scheduler } = this.#options
    const leaders = new Set([...this.#goesBy.keys()].map((shard) => driver.leaderOf(logTopic, shard)))
    this.#goesBy.clear()
    const asking: Promise<boolean>[] = []
    for (const keeping of this.#keepings.values()) {
      keeping.isOutdated = true
      const answer = this.#ask(keeping)
      if (leaders.has(keeping.broker)) asking.push(answer)
    }
    const late = Promise.withResolvers<void>()
    const cancel = scheduler.after(BEGIN_MS, late.resolve)
    await Promise.race([Promise.all(asking), late.promise])
    cancel()
    for (const keeping of this.#keepings.values()) if (leaders.has(keeping.broker)) keeping.isOutdated = false
  }

  /** Asks the broker that leads a shard now, rather than at the next round. @returns whether its clock goes on as before, as far as is known. */
  async verify(shard: number): Promise<boolean> {
    const { driver, logTopic } = this.#options
    if (!(await this.know(shard))) return false
    const broker = driver.leaderOf(logTopic, shard)
    const keeping = broker === undefined ? undefined : this.#keepings.get(broker)
    return keeping === undefined || this.#ask(keeping)
  }

  close(): void {
    this.#cancel()
    for (const { stop } of this.#keepings.values()) stop()
    for (const answer of this.#answers.values()) answer(true)
  }

  #keep(broker: number): Keeping | undefined {
    const partition = this.#partitionLedBy(broker)
    return partition === undefined ? undefined : this.#keepBy(broker, partition)
  }

  #partitionLedBy(broker: number): number | undefined {
    const { driver, stateTopic, statePartitions } = this.#options
    for (let partition = 0; partition < statePartitions(); partition++)
      if (driver.leaderOf(stateTopic, partition) === broker) return partition
    return undefined
  }

  /** Sees to it that the broker is asked by a partition that it leads. @returns whether there is one. */
  #reach(keeping: Keeping): boolean {
    const { driver, stateTopic } = this.#options
    if (driver.leaderOf(stateTopic, keeping.partition) === keeping.broker) return true
    const partition = this.#partitionLedBy(keeping.broker)
    if (partition === undefined) return false
    keeping.stop()
    keeping.partition = partition
    keeping.stop = this.#listen(partition)
    return true
  }

  /** The time of whichever broker can be asked. */
  #keepSome(): Keeping | undefined {
    const [some] = this.#keepings.values()
    const broker = this.#options.driver.leaderOf(this.#options.stateTopic, 0)
    return some ?? (broker === undefined ? undefined : this.#keepBy(broker, 0))
  }

  #keepBy(broker: number, partition: number): Keeping {
    const time = new KafkaClock(this.#options.clock)
    const keeping: Keeping = { broker, time, partition, stop: this.#listen(partition), isOutdated: false }
    this.#keepings.set(broker, keeping)
    return keeping
  }

  #listen(partition: number): () => void {
    return this.#options.state.follow(partition, {
      entry: (entry, message) => this.#readBack(entry, message),
      read: () => undefined,
    })
  }

  #round(): void {
    const { clock, scheduler } = this.#options
    for (const keeping of this.#keepings.values()) void this.#ask(keeping)
    // Somebody else may lead a shard by now.
    for (const shard of this.#goesBy.keys()) void this.know(shard)
    for (const [count, { sentMs }] of this.#asked) if (clock() - sentMs > LOST_MS) this.#forget(count, true)
    this.#cancel = scheduler.after(PROBE_MS, () => this.#round())
  }

  /** @returns, when the answer is there or will not come, whether it agreed with what was known. */
  async #ask(keeping: Keeping): Promise<boolean> {
    if (!this.#reach(keeping)) return true
    const { broker, partition } = keeping
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
