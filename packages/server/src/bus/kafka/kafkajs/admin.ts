import type { Admin, ConfigEntries, KafkaJSProtocolError, PartitionMetadata } from 'kafkajs'
import type { KafkaDriver, Settings, TopicInfo } from '../driver.ts'
import { kafkajs } from './library.ts'
import type { Renewable } from './renewable.ts'

/** Where a partition begins and ends: the offset of its first record, and the one behind its last. */
export interface Ends {
  readonly first: number
  readonly end: number
}

/** What is asked of the brokers and set on them, as opposed to read and written. */
export interface KafkaAdmin
  extends Pick<KafkaDriver, 'createTopic' | 'topicSettings' | 'brokerSettings' | 'changeTopicSettings' | 'offsetAt'> {
  brokers(): Promise<number[]>
  /** Those of the topics that exist. */
  topics(names: readonly string[]): Promise<Map<string, TopicInfo>>
  /** Of each partition of a topic, by its number. */
  ends(topic: string): Promise<Map<number, Ends>>
}

export function kafkajsAdmin(admins: Renewable<Admin>): KafkaAdmin {
  async function ends(topic: string): Promise<Map<number, Ends>> {
    const offsets = await admins.use((admin) => admin.fetchTopicOffsets(topic))
    return new Map(offsets.map(({ partition, low, high }) => [partition, { first: Number(low), end: Number(high) }]))
  }

  async function entriesOf(type: number, name: string): Promise<readonly ConfigEntries[]> {
    const request = { resources: [{ type, name }], includeSynonyms: false }
    const { resources } = await admins.use((admin) => admin.describeConfigs(request))
    return resources.flatMap(({ configEntries }) => configEntries)
  }

  const ofTopic = (topic: string) => entriesOf(kafkajs.ConfigResourceTypes.TOPIC, topic)

  return {
    async brokers() {
      const { brokers } = await admins.use((admin) => admin.describeCluster())
      return brokers.map(({ nodeId }) => nodeId)
    },

    async topics(names) {
      // Each topic by itself: one that is not there fails the request.
      const found = await Promise.all(names.map((name) => topicInfo(admins, name)))
      return new Map(found.flatMap((info, at) => (info === undefined ? [] : [[names[at] ?? '', info] as const])))
    },

    ends,

    async createTopic(topic, numPartitions, replicationFactor, settings) {
      const configEntries = entriesFrom(settings)
      const wanted = { topic, numPartitions, replicationFactor, configEntries }
      const isMade = await admins
        .use((admin) => admin.createTopics({ topics: [wanted], waitForLeaders: false }))
        .catch(rethrow)
      if (!isMade) throw new Error('TOPIC_ALREADY_EXISTS')
    },

    topicSettings: async (topic) => readSettings(await ofTopic(topic)),
    brokerSettings: async (broker) => readSettings(await entriesOf(kafkajs.ConfigResourceTypes.BROKER, String(broker))),

    async changeTopicSettings(topic, settings) {
      // The request takes away every setting of the topic that it does not name.
      const own = (await ofTopic(topic)).filter(
        ({ configSource }) => configSource === kafkajs.ConfigSource.TOPIC_CONFIG,
      )
      const configEntries = entriesFrom({ ...readSettings(own), ...settings })
      const resource = { type: kafkajs.ConfigResourceTypes.TOPIC, name: topic, configEntries }
      await admins.use((admin) => admin.alterConfigs({ validateOnly: false, resources: [resource] })).catch(rethrow)
    },

    async offsetAt(topic, partition, at) {
      if (typeof at === 'number') {
        const timeMs = Math.max(0, Math.floor(at))
        const offsets = await admins.use((admin) => admin.fetchTopicOffsetsByTimestamp(topic, timeMs))
        return Number(told(offsets.find((offset) => offset.partition === partition)).offset)
      }
      const { first, end } = told((await ends(topic)).get(partition))
      return at === 'earliest' ? first : end
    },
  }
}

/** @returns `undefined` when there is no such topic. */
async function topicInfo(admins: Renewable<Admin>, name: string): Promise<TopicInfo | undefined> {
  try {
    const { topics } = await admins.use((admin) => admin.fetchTopicMetadata({ topics: [name] }))
    return topics.map(({ partitions }) => infoOf(partitions))[0]
  } catch (error) {
    if (refusalIn(error)?.type === 'UNKNOWN_TOPIC_OR_PARTITION') return undefined
    throw error
  }
}

function infoOf(partitions: readonly PartitionMetadata[]): TopicInfo {
  return {
    id: undefined,
    leaders: partitions.toSorted((one, other) => one.partitionId - other.partitionId).map(({ leader }) => leader),
    replicas: Math.min(...partitions.map(({ replicas }) => replicas.length)),
  }
}

const readSettings = (entries: readonly ConfigEntries[]): Settings =>
  Object.fromEntries(
    // What is secret has no value, whatever the types say.
    entries.flatMap(({ configName, configValue }) =>
      typeof configValue === 'string' ? [[configName, configValue]] : [],
    ),
  )

const entriesFrom = (settings: Settings) => Object.entries(settings).map(([name, value]) => ({ name, value }))

function told<T>(answer: T | undefined): T {
  if (answer === undefined) throw new Error('the brokers did not tell an offset')
  return answer
}

/** What the brokers said, which the client keeps deep inside. */
function refusalIn(error: unknown): KafkaJSProtocolError | undefined {
  if (error instanceof kafkajs.KafkaJSProtocolError) return error
  const inner = error instanceof kafkajs.KafkaJSAggregateError ? error.errors[0] : undefined
  if (inner !== undefined) return refusalIn(inner)
  return error instanceof Error && error.cause !== undefined ? refusalIn(error.cause) : undefined
}

function rethrow(error: unknown): never {
  const refusal = refusalIn(error)
  throw refusal === undefined ? error : new Error(`${refusal.type}: ${refusal.message}`, { cause: error })
}
