import {
  type Admin,
  type ConfigDescription,
  ConfigResourceTypes,
  type ConfigResourceTypeValue,
  type Connection,
  findErrorBy,
  IncrementalAlterConfigOperationTypes,
  listOffsetsV7,
  type metadataV12,
  ProtocolError,
  ResponseError,
  UserError,
} from '@platformatic/kafka'
import type { ClusterInfo, KafkaDriver, Position, Settings, TopicInfo } from '../driver.ts'

/** What is asked of the brokers and set on them, as opposed to read and written. */
export type KafkaAdmin = Pick<
  KafkaDriver,
  'cluster' | 'createTopic' | 'topicSettings' | 'brokerSettings' | 'changeTopicSettings' | 'offsetAt'
>

type UsedAdmin = Pick<
  Admin,
  'metadata' | 'createTopics' | 'describeConfigs' | 'incrementalAlterConfigs' | 'connectToBrokers'
>

/** What a topic or partition says that has just been made, or whose brokers are away. */
const LEADER_NOT_AVAILABLE = 5
/** Who asks for an offset is a client, not a replica, and there are no transactions. */
const NO_REPLICA = -1
const READ_UNCOMMITTED = 0

/** @param leaderOf the broker that leads a partition, as far as is known. */
export function platformaticAdmin(admin: UsedAdmin, leaderOf: KafkaDriver['leaderOf'] = () => undefined): KafkaAdmin {
  async function settingsOf(resourceType: ConfigResourceTypeValue, resourceName: string): Promise<Settings> {
    const [described] = await admin.describeConfigs({ resources: [{ resourceType, resourceName }] })
    return described === undefined ? {} : readSettings(described)
  }

  return {
    async cluster(topics) {
      // Each topic by itself: one that is not there fails the request.
      const [{ brokers }, ...found] = await Promise.all([
        admin.metadata({ topics: [], forceUpdate: true }),
        ...topics.map((topic) => topicInfo(admin, topic)),
      ])
      const known = found.flatMap((info, at) => (info === undefined ? [] : [[topics[at] ?? '', info] as const]))
      return { brokers: [...brokers.keys()], topics: new Map(known) } satisfies ClusterInfo
    },

    async createTopic(topic, partitions, replicas, settings) {
      const configs = Object.entries(settings).map(([name, value]) => ({ name, value }))
      await admin.createTopics({ topics: [topic], partitions, replicas, configs }).catch(rethrow)
    },

    topicSettings: (topic) => settingsOf(ConfigResourceTypes.TOPIC, topic),
    brokerSettings: (broker) => settingsOf(ConfigResourceTypes.BROKER, String(broker)),

    async changeTopicSettings(topic, settings) {
      const configOperation = IncrementalAlterConfigOperationTypes.SET
      const configs = Object.entries(settings).map(([name, value]) => ({ name, value, configOperation }))
      const resource = { resourceType: ConfigResourceTypes.TOPIC, resourceName: topic, configs }
      await admin.incrementalAlterConfigs({ resources: [resource] }).catch(rethrow)
    },

    async offsetAt(topic, partition, at) {
      const known = leaderOf(topic, partition)
      if (known !== undefined)
        try {
          return await offsetFrom(admin, known, { topic, partition, at })
        } catch {
          // Another one may lead it by now.
        }
      const leader = (await topicInfo(admin, topic))?.leaders[partition] ?? -1
      return offsetFrom(admin, leader, { topic, partition, at })
    },
  }
}

/** @returns `undefined` when there is no such topic. */
async function topicInfo(admin: UsedAdmin, topic: string): Promise<TopicInfo | undefined> {
  try {
    const { topics } = await admin.metadata({ topics: [topic], forceUpdate: true, retries: 0 })
    const { id, partitions = [] } = topics.get(topic) ?? {}
    return {
      id,
      leaders: partitions.map(({ leader }) => leader),
      replicas: fewest(partitions.map(({ replicas }) => replicas)),
    }
  } catch (error) {
    // Of a single topic the client says so only when there is no such topic.
    if (error instanceof UserError) return undefined
    const info = partlyLed(error)
    if (info === undefined) throw error
    return info
  }
}

/** A topic some of whose partitions have no leader: for the client that is an error, which has the brokers' answer with it. */
function partlyLed(error: unknown): TopicInfo | undefined {
  const answer: unknown = error instanceof ResponseError ? error['response'] : undefined
  const topic = isMetadata(answer) ? answer.topics[0] : undefined
  if (topic === undefined || ![0, LEADER_NOT_AVAILABLE].includes(topic.errorCode)) return undefined
  const partitions = topic.partitions.toSorted((one, other) => one.partitionIndex - other.partitionIndex)
  return {
    id: topic.topicId,
    leaders: partitions.map(({ leaderId }) => leaderId),
    replicas: fewest(partitions.map(({ replicaNodes }) => replicaNodes)),
  }
}

function isMetadata(value: unknown): value is metadataV12.MetadataResponse {
  return typeof value === 'object' && value !== null && 'topics' in value && Array.isArray(value.topics)
}

const fewest = (replicas: readonly (readonly number[])[]): number => Math.min(...replicas.map(({ length }) => length))

function readSettings({ configs }: ConfigDescription): Settings {
  return Object.fromEntries(configs.flatMap(({ name, value }) => (typeof value === 'string' ? [[name, value]] : [])))
}

function timestampOf(at: Position): bigint {
  if (at === 'earliest') return -2n
  return at === 'latest' ? -1n : BigInt(Math.max(0, Math.floor(at)))
}

interface Place {
  readonly topic: string
  readonly partition: number
  readonly at: Position
}

/** Asks the leader itself: the client's own function fails when any other partition of the topic has no leader. */
async function offsetFrom(admin: UsedAdmin, leader: number, { topic, partition, at }: Place): Promise<number> {
  const connection = leader < 0 ? undefined : (await admin.connectToBrokers([leader])).get(leader)
  if (connection === undefined) throw new Error('nobody leads that partition')

  const ask = async (to: Connection, timestamp: bigint): Promise<bigint> => {
    const partitions = [{ partitionIndex: partition, currentLeaderEpoch: -1, timestamp }]
    const answer = await listOffsetsV7.api.async(to, NO_REPLICA, READ_UNCOMMITTED, [{ name: topic, partitions }])
    const offset = answer.topics[0]?.partitions[0]?.offset
    if (offset === undefined) throw new Error('the leader did not tell an offset')
    return offset
  }

  // The end first: what is appended between the two is not passed over then.
  const [end, offset] = await Promise.all([ask(connection, timestampOf('latest')), ask(connection, timestampOf(at))])
  return Number(offset >= 0n ? offset : end)
}

/** Says what the brokers said, which the client keeps deep inside. */
function rethrow(error: Error): never {
  const refusal = findErrorBy(error, 'code', ProtocolError.code)
  if (refusal === null) throw error
  const { apiId, serverErrorMessage }: Record<string, unknown> = refusal
  const said = typeof serverErrorMessage === 'string' ? serverErrorMessage : refusal.message
  throw new Error(`${String(apiId)}: ${said}`, { cause: error })
}
