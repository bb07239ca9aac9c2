import type { Clock, Scheduler } from '../../clock.ts'
import type { GatewayId } from '../bus.ts'
import type { KafkaDriver, StoredMessage } from './driver.ts'
import { KafkaClock, STEP_MS } from './kafka-clock.ts'
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
  readonly broker: number
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
  /** By which broker's time each shard that somebody asked about goes. */
  readonly #goesBy = new Map<number, number>()
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

  /** Sees to it that the time of the broker that leads a shard is known. @returns whether it goes on as it was for this shard. */
  async know(shard: number): Promise<boolean> {
    const { driver, logTopic, stateTopic } = this.#options
    const broker = driver.leaderOf(logTopic, shard) ?? driver.leaderOf(stateTopic, 0)
    if (broker === undefined) return true
    // A broker that leads nothing of the state topic cannot be asked: another one has to do.
    const keeping = this.#keepings.get(broker) ?? this.#keep(broker) ?? this.#keepSome()
    if (keeping === undefined) return true
    for (let i = 0; i < FIRST_PROBES && !keeping.time.isSet; i++) await this.#ask(keeping)
    return this.#moves(shard, keeping)
  }

  /** Notes that a shard goes by another broker's time now. @returns whether that is the same time. */
  #moves(shard: number, { broker, time }: Keeping): boolean {
    const before = this.#keepings.get(this.#goesBy.get(shard) ?? broker)?.time
    this.#goesBy.set(shard, broker)
    if (before === undefined || before === time || !before.isSet || !time.isSet) return true
    if (Math.abs(before.now() - time.now()) <= STEP_MS) return true
    this.#options.stepped()
    return false
  }

  /** Learns the time anew, because a clock may have been set. Until it has, the old one goes on. */
  async begin(): Promise<void> {
    this.#goesBy.clear()
    await Promise.all(
      [...this.#keepings.values()].map((keeping) => {
        keeping.isOutdated = true
        return this.#ask(keeping)
      }),
    )
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
    const { driver, stateTopic, statePartitions } = this.#options
    const partitions = Array.from({ length: statePartitions() }, (_, partition) => partition)
    const partition = partitions.find((one) => driver.leaderOf(stateTopic, one) === broker)
    return partition === undefined ? undefined : this.#keepBy(broker, partition)
  }

  /** The time of whichever broker can be asked. */
  #keepSome(): Keeping | undefined {
    const [some] = this.#keepings.values()
    const broker = this.#options.driver.leaderOf(this.#options.stateTopic, 0)
    return some ?? (broker === undefined ? undefined : this.#keepBy(broker, 0))
  }

  #keepBy(broker: number, partition: number): Keeping {
    const { state, clock } = this.#options
    const listener = {
      entry: (entry: StateEntry, message: StoredMessage) => this.#readBack(entry, message),
      read: () => undefined,
    }
    const stop = state.follow(partition, listener)
    const keeping: Keeping = { broker, time: new KafkaClock(clock), partition, stop, isOutdated: false }
    this.#keepings.set(broker, keeping)
    return keeping
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
  async #ask({ broker, partition }: Keeping): Promise<boolean> {
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
