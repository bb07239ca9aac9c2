import type { Producer, RecordMetadata, TopicMessages } from 'kafkajs'
import { AppendQueue } from '../../append-queue.ts'
import type { DriverOptions, KafkaDriver, Message, TopicInfo } from '../driver.ts'
import { kafkajsAdmin } from './admin.ts'
import { connect } from './connection.ts'
import { Reader } from './reader.ts'
import { Renewable } from './renewable.ts'

/** An append that is not confirmed after so long has failed, in milliseconds. */
const CONFIRM_MS = 5_000
/** How long the leaders may wait for their replicas, in milliseconds. */
const REPLICATE_MS = 2_000
/** Brokers bound a batch of one partition; here all of a request together are bounded by less. */
const MAX_BATCH_BYTES = 900_000
const RECORD_OVERHEAD_BYTES = 64

/** Speaks with Kafka through KafkaJS. */
export function kafkajsDriver(options: DriverOptions): KafkaDriver {
  const { clock, scheduler, trouble } = options
  const kafka = connect(options)
  const admins = new Renewable(() => kafka.admin())
  const producers = new Renewable(() =>
    kafka.producer({ idempotent: true, maxInFlightRequests: 1, allowAutoTopicCreation: false }),
  )
  const { brokers, topics: askTopics, ends, ...asking } = kafkajsAdmin(admins)
  const known = new Map<string, TopicInfo>()
  const reader = new Reader({ kafka, driver: options, topics: () => known.keys(), ends })
  const queue = new AppendQueue<Message>({ send, clock, sizeOf, maxBatch: MAX_BATCH_BYTES })

  async function learn(topics: readonly string[]): Promise<ReadonlyMap<string, TopicInfo>> {
    const found = await askTopics(topics)
    for (const [topic, info] of found) known.set(topic, info)
    return found
  }

  /** One request to each leader; when it fails, so have all of them. */
  async function send(messages: readonly Message[]): Promise<void> {
    const late = Promise.withResolvers<never>()
    const cancel = scheduler.after(CONFIRM_MS, () => late.reject(new Error('the brokers did not confirm in time')))
    try {
      const sending = producers.use((producer) => sendBatch(producer, messages))
      await Promise.race([sending, late.promise])
    } catch (error) {
      // Nobody knows which sequence the brokers expect: a new producer begins its own.
      producers.drop()
      trouble('a batch was not confirmed', error)
      void learn([...known.keys()]).catch(() => undefined)
      throw error
    } finally {
      cancel()
    }
  }

  return {
    ...asking,

    async cluster(wanted) {
      const topics = await learn(wanted)
      return { brokers: await brokers(), topics }
    },

    append: (messages) => queue.push(messages),
    appendingSince: () => queue.sendingSince,

    leaderOf(topic, partition) {
      const leader = known.get(topic)?.leaders[partition]
      return leader === undefined || leader < 0 ? undefined : leader
    },

    follow: (follower) => reader.add(follower),

    async close() {
      await Promise.allSettled([reader.close(), producers.close(), admins.close()])
    },
  }
}

const sizeOf = ({ key, value }: Message): number => key.length + (value?.length ?? 0) + RECORD_OVERHEAD_BYTES

async function sendBatch(producer: Producer, messages: readonly Message[]): Promise<void> {
  const topicMessages = byTopic(messages)
  const confirmed = await producer.sendBatch({ acks: -1, timeout: REPLICATE_MS, topicMessages })
  // It leaves out partitions it does not know, and after a retry those whose leader has changed.
  if (!areAllIn(confirmed, messages)) throw new Error('a partition was left out')
}

function byTopic(messages: readonly Message[]): TopicMessages[] {
  const topics = new Map<string, TopicMessages>()
  for (const { topic, partition, key, value } of messages) {
    const of = topics.get(topic) ?? { topic, messages: [] }
    topics.set(topic, of)
    of.messages.push({ partition, key, value: value ?? null })
  }
  return [...topics.values()]
}

function areAllIn(confirmed: readonly RecordMetadata[], messages: readonly Message[]): boolean {
  const places = new Set(confirmed.map(({ topicName, partition }) => `${topicName} ${partition}`))
  return messages.every(({ topic, partition }) => places.has(`${topic} ${partition}`))
}
