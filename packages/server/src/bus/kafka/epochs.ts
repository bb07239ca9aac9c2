import type { Epoch } from '@whisperrooms/protocol'
import type { Clock, Random, Scheduler } from '../../clock.ts'
import type { ClusterInfo, KafkaDriver } from './driver.ts'
import { epochOf, Lineages } from './lineages.ts'
import type { Lineage } from './state-entries.ts'
import type { StateTopic } from './state-topic.ts'
import type { Topics } from './topic-settings.ts'

/** While what is awaited is under way, it is looked for this often, in milliseconds. */
const LOOK_MS = 10
/** How long a new epoch waits to hear how things stand on the brokers, in milliseconds. */
const ASK_MS = 2_000

export interface EpochsOptions {
  readonly driver: KafkaDriver
  readonly topics: Topics
  readonly state: StateTopic
  readonly clock: Clock
  readonly scheduler: Scheduler
  readonly random: Random
  /** Makes the topics that are not there. */
  readonly ensureTopics: () => Promise<unknown>
  /** An epoch has ended. @returns when the next one may begin. */
  readonly ended: () => Promise<void>
  /** The next one has begun. */
  readonly begun: () => void
  readonly trouble: (what: string, error?: unknown) => void
}

/** Which epoch it is: sees whether the log is still the one it counts in, and goes over to the next with all other gateways. */
export class Epochs {
  readonly #options: EpochsOptions
  readonly #lineages: Lineages
  #cluster: ClusterInfo = { brokers: [], topics: new Map() }
  #statePartitions = 1
  #current = '' as Epoch
  #isBetween = false
  #isMissing = false
  #closed = false

  constructor(options: EpochsOptions) {
    const { state, clock, scheduler, random, trouble } = options
    this.#options = options
    this.#lineages = new Lineages({
      state,
      clock,
      scheduler,
      random,
      begin: () => this.#begin(),
      changed: (lineage) => this.#adopt(lineage),
      trouble,
    })
  }

  get current(): Epoch {
    return this.#current
  }

  /** Whether an epoch has ended, and nobody has been told of the next one. */
  get isBetween(): boolean {
    return this.#isBetween
  }

  get shards(): number {
    return this.#lineages.current?.starts.length ?? 1
  }

  /** As it was last seen. */
  get statePartitions(): number {
    return this.#statePartitions
  }

  /** The offset at which it begins in a shard. */
  startOf(shard: number): number {
    return this.#lineages.current?.starts[shard] ?? 0
  }

  /** A lineage was read. */
  read(lineage: Lineage): void {
    this.#lineages.read(lineage)
  }

  /** Learns how things stand on the brokers. */
  async ask(): Promise<void> {
    const { log, state } = this.#options.topics
    this.#cluster = await this.#options.driver.cluster([log, state])
    this.#statePartitions = this.#cluster.topics.get(state)?.leaders.length ?? this.#statePartitions
  }

  /** Resolves when there is an epoch that counts in the log as it is, if need be a new one. */
  async settle(): Promise<void> {
    if (this.#isOtherLog()) await this.#lineages.advance()
    while (this.#isOtherLog())
      await new Promise<void>((resolve) => {
        this.#options.scheduler.after(LOOK_MS, resolve)
      })
  }

  /** Looks whether the topics are still the same ones. A broker that has just started may not know one yet: it is looked twice. */
  async check(): Promise<void> {
    this.#lineages.refresh()
    await this.ask()
    const wasMissing = this.#isMissing
    const { log, state } = this.#options.topics
    this.#isMissing = ![log, state].every((topic) => this.#cluster.topics.has(topic))
    if (this.#closed || (this.#isMissing && !wasMissing)) return
    if (this.#isMissing || this.#isOtherLog()) await this.#lineages.advance()
  }

  /** Has another one begin. */
  beginAnew(why: string): void {
    this.#options.trouble(why)
    void this.#lineages.advance()
  }

  /** Nobody is told of another one any more. */
  close(): void {
    this.#closed = true
  }

  /** Where another one begins: behind everything that is there now. */
  async #begin(): Promise<Pick<Lineage, 'topicId' | 'starts'>> {
    const { driver, topics, ensureTopics, trouble } = this.#options
    try {
      await ensureTopics()
    } catch (error) {
      // They are as they are; a gateway that starts now would refuse them.
      trouble('the topics are not fit', error)
    }
    await this.ask()
    const { id, leaders } = this.#cluster.topics.get(topics.log) ?? { id: undefined, leaders: [] }
    const starts = await Promise.all(leaders.map((_, shard) => driver.offsetAt(topics.log, shard, 'latest')))
    return { topicId: id ?? null, starts }
  }

  #adopt(lineage: Lineage): void {
    const { ended, begun, trouble } = this.#options
    const isFirst = this.#current === ''
    this.#current = epochOf(lineage)
    if (isFirst) return
    trouble('a new epoch has begun')
    this.#isBetween = true
    // Another gateway may have made the topics anew.
    void Promise.all([ended(), this.#askSoon()]).then(() => {
      // Another one has begun meanwhile, or there is nobody to tell any more.
      if (lineage !== this.#lineages.current || this.#closed) return
      this.#isBetween = false
      begun()
    })
  }

  /** Learns how things stand on the brokers, if they say so in time. */
  async #askSoon(): Promise<void> {
    const { scheduler, trouble } = this.#options
    const late = Promise.withResolvers<void>()
    const cancel = scheduler.after(ASK_MS, late.resolve)
    const asking = this.ask().catch((error: unknown) => trouble('the cluster could not be asked', error))
    await Promise.race([asking, late.promise])
    cancel()
  }

  /** Whether the log is another one than the epoch counts in. */
  #isOtherLog(): boolean {
    const { current } = this.#lineages
    const topic = this.#cluster.topics.get(this.#options.topics.log)
    if (current === undefined || topic === undefined) return true
    const isOtherTopic = current.topicId !== null && topic.id !== undefined && current.topicId !== topic.id
    return isOtherTopic || current.starts.length !== topic.leaders.length
  }
}
