import type { Scheduler } from '../../clock.ts'
import type { ClusterInfo, KafkaDriver, Settings, TopicInfo } from './driver.ts'
import type { Fault, Found, FoundTopic } from './fault.ts'
import { faultsOf } from './topic-checks.ts'
import { creationOf, TopicError, topicChanges, unfit } from './topic-error.ts'
import { insyncFor, type Lifetimes, logSettings, replicasFor, stateSettings, topicsOf } from './topic-settings.ts'

export { TopicError, type TopicErrorCode } from './topic-error.ts'
export { topicsOf } from './topic-settings.ts'

export interface TopicsOptions extends Lifetimes {
  /** What the names of the topics begin with. */
  readonly prefix: string
  /** How many partitions a topic made here gets, when the other one is not there either. */
  readonly shards: number
  /**
   * `true`: topics are made, and their settings changed when they are unsafe. `false`: neither. `undefined`: they are made, and
   * only what was made now is changed.
   */
  readonly manage: boolean | undefined
  /** `host:port` of some brokers, for the commands in errors. */
  readonly brokers: readonly string[]
  readonly scheduler: Scheduler
}

export interface UsableTopics {
  readonly log: string
  readonly state: string
  /** How many partitions each of the two has. */
  readonly shards: number
  /** What is not as good as it could be. */
  readonly warnings: readonly Fault[]
}

type Driver = Pick<KafkaDriver, 'cluster' | 'createTopic' | 'topicSettings' | 'brokerSettings' | 'changeTopicSettings'>

/** How often and how many times brokers are asked for what they may not know yet: for ten seconds. */
const PAUSE_MS = 200
const MOST_TRIES = 50

/**
 * Makes the topics that are not there, waits until every partition has a leader, and checks the settings of topics and brokers.
 * Two gateways that make them at once both find them made.
 *
 * @throws TopicError when they cannot be used as they are; the driver's errors when the brokers cannot be reached.
 */
export async function ensureTopics(driver: Driver, options: TopicsOptions): Promise<UsableTopics> {
  const { log, state } = topicsOf(options.prefix)
  const topics = new OwnTopics(driver, options, await driver.cluster([log, state]))
  const shards = await topics.ensure(log, logSettings(options), topics.partitionsOf(state) || options.shards)
  await topics.ensure(state, stateSettings(options), shards)
  const faults = await topics.check(log, state)
  const errors = faults.filter(({ level }) => level === 'error')
  if (errors.length > 0) throw unfit(errors, options.brokers)
  return { log, state, shards, warnings: faults }
}

/** The topics of one installation, while they are made and checked. */
class OwnTopics {
  readonly #driver: Driver
  readonly #options: TopicsOptions
  readonly #made = new Set<string>()
  #cluster: ClusterInfo

  constructor(driver: Driver, options: TopicsOptions, cluster: ClusterInfo) {
    this.#driver = driver
    this.#options = options
    this.#cluster = cluster
  }

  partitionsOf(topic: string): number | undefined {
    return this.#cluster.topics.get(topic)?.leaders.length
  }

  /** Makes the topic if it is not there. @returns the number of its partitions, once each has a leader. */
  async ensure(topic: string, settings: Settings, partitions: number): Promise<number> {
    if (this.partitionsOf(topic) === undefined) await this.#make(topic, settings, partitions)
    const led = await this.#eventually(async () => {
      this.#cluster = await this.#driver.cluster([...new Set([...this.#cluster.topics.keys(), topic])])
      return isLed(this.#cluster.topics.get(topic)) ? this.partitionsOf(topic) : undefined
    })
    if (led === undefined) throw new TopicError('no_leader', `A partition of ${topic} has no leader.`)
    return led
  }

  async #make(topic: string, settings: Settings, partitions: number): Promise<void> {
    const { manage, brokers } = this.#options
    const replicas = replicasFor(this.#cluster.brokers.length)
    const all = { ...settings, 'min.insync.replicas': String(insyncFor(replicas)) }
    const command = creationOf(topic, partitions, replicas, all, brokers)
    if (manage === false)
      throw new TopicError('missing_topic', `There is no topic ${topic} yet. This makes it:\n${command}`)
    try {
      await this.#driver.createTopic(topic, partitions, replicas, all)
      this.#made.add(topic)
    } catch (cause) {
      if (await this.#appears(topic)) return
      throw new TopicError(
        'topic_not_made',
        `${topic} was not made: ${causeOf(cause)}\nThis would make it:\n${command}`,
        { cause },
      )
    }
  }

  /** Whether a topic that another gateway is making is there before long. */
  async #appears(topic: string): Promise<boolean> {
    const found = await this.#eventually(
      async () => (await this.#driver.cluster([topic])).topics.get(topic),
      MOST_TRIES / 5,
    )
    return found !== undefined
  }

  /** @returns what is wrong with the topics and the brokers, once what may be changed has been. */
  async check(log: string, state: string): Promise<Fault[]> {
    const faults = await this.#look(log, state, () => true)
    const { manage } = this.#options
    const mayChange = (topic: string) => manage ?? this.#made.has(topic)
    const changes = [...topicChanges(faults)].filter(([topic]) => mayChange(topic))
    if (changes.length === 0) return faults
    for (const [topic, settings] of changes) await this.#driver.changeTopicSettings(topic, settings)
    // Brokers learn of changes one after the other.
    return this.#look(log, state, (left) => [...topicChanges(left).keys()].every((topic) => !mayChange(topic)))
  }

  /** Looks until what is found will do, and for no longer than is reasonable. */
  async #look(log: string, state: string, willDo: (faults: readonly Fault[]) => boolean): Promise<Fault[]> {
    let last: Fault[] = []
    await this.#eventually(async () => {
      last = faultsOf(await this.#find(log, state), this.#options)
      return willDo(last) || undefined
    })
    return last
  }

  async #find(log: string, state: string): Promise<Found> {
    const cluster = await this.#driver.cluster([log, state])
    const [foundLog, foundState, ...brokers] = await Promise.all([
      this.#findTopic(log, cluster),
      this.#findTopic(state, cluster),
      ...cluster.brokers.map(async (broker) => [broker, await this.#driver.brokerSettings(broker)] as const),
    ])
    return { log: foundLog, state: foundState, brokers: new Map(brokers) }
  }

  async #findTopic(name: string, { topics }: ClusterInfo): Promise<FoundTopic> {
    const info = topics.get(name)
    if (info === undefined || info.leaders.length === 0)
      throw new TopicError('missing_topic', `There is no topic ${name} any more.`)
    return {
      name,
      partitions: info.leaders.length,
      replicas: info.replicas,
      settings: await this.#driver.topicSettings(name),
    }
  }

  /** Asks until there is an answer. @returns `undefined` when there was none in time. */
  async #eventually<T>(ask: () => Promise<T | undefined>, mostTries = MOST_TRIES): Promise<T | undefined> {
    for (let tries = 1; ; tries++) {
      try {
        const answer = await ask()
        if (answer !== undefined || tries >= mostTries) return answer
      } catch (error) {
        if (tries >= mostTries) throw error
      }
      await new Promise<void>((resolve) => {
        this.#options.scheduler.after(PAUSE_MS, resolve)
      })
    }
  }
}

function isLed(topic: TopicInfo | undefined): boolean {
  return topic !== undefined && topic.leaders.length > 0 && topic.leaders.every((leader) => leader >= 0)
}

/** What the brokers say of a creation they refused. */
function causeOf(error: unknown): string {
  const said = error instanceof Error ? error.message : 'the brokers refused it'
  return said.includes('segment.ms')
    ? `${said} (From version 5 on Kafka wants at least a minute, KIP-1030: too long.)`
    : said
}
