import { Admin, type ConnectionOptions, Consumer, Producer } from '@platformatic/kafka'
import { AppendQueue } from '../../append-queue.ts'
import type { DriverOptions, KafkaDriver, Message } from '../driver.ts'
import { platformaticAdmin } from './admin.ts'
import { connectionOptions } from './connection-options.ts'
import { asFetched, longPolls, shortPolls } from './fetch.ts'
import { FetchLoops } from './fetch-loops.ts'

const REQUEST_TIMEOUT_MS = 5_000
/** Brokers bound a batch of one partition; here all of a request together are bounded by less. */
const MAX_BATCH_BYTES = 900_000
const RECORD_OVERHEAD_BYTES = 64
/** The library takes fewer to mean without end. */
const FEWEST_RETRIES = 2
const RETRY_DELAY_MS = 50
/** Who leads what is asked here, and brought up to date on every failure: a producer that asks by itself fails for all when one partition has no leader. Milliseconds. */
const METADATA_AGE_MS = 3_600_000

type BufferProducer = Producer<Buffer, Buffer, Buffer, Buffer>

/** Speaks with Kafka through `@platformatic/kafka`. */
export function platformaticDriver(options: DriverOptions): KafkaDriver {
  const { clock, scheduler, trouble, clientId } = options
  const base = {
    clientId,
    bootstrapBrokers: [...options.brokers],
    autocreateTopics: false,
    retries: 0,
    timeout: REQUEST_TIMEOUT_MS,
    requestTimeout: REQUEST_TIMEOUT_MS,
    connectTimeout: REQUEST_TIMEOUT_MS,
    ...(connectionOptions(options.connection, options.brokers) satisfies Partial<ConnectionOptions>),
  }
  const groupless = { ...base, groupId: clientId }
  const admin = new Admin({ ...base, retries: 2, retryDelay: 100 })
  const consumers: Consumer[] = []
  const asking = platformaticAdmin(admin, leaderOf)
  const producers = new Map<number, BufferProducer>()
  /** Of each topic its own: whatever comes in one partition has the broker look at all that are asked for with it. */
  const loops = new Map<string, FetchLoops>()
  const queues = new Map<number, AppendQueue<Message>>()
  const wanted = new Set<string>()
  /** Partitions that have a new leader while a request to the old one, by id, is under way. */
  const moved = new Map<string, number>()
  let known: Awaited<ReturnType<KafkaDriver['cluster']>> = { brokers: [], topics: new Map() }
  let asked: Promise<unknown> | undefined
  let closed = false

  async function cluster(topics: readonly string[]) {
    const answer = await asking.cluster(topics)
    for (const topic of topics) wanted.add(topic)
    for (const [topic, { leaders }] of answer.topics)
      for (const [partition, leader] of leaders.entries()) {
        const before = leaderOf(topic, partition)
        if (before !== undefined && before !== leader && isSending(before)) move(`${topic} ${partition}`, before)
      }
    known = { brokers: answer.brokers, topics: new Map([...known.topics, ...answer.topics]) }
    for (const fetching of loops.values()) fetching.start()
    return answer
  }

  /** Asks anew who leads what; several who ask at once share the answer. */
  async function refresh(): Promise<void> {
    asked ??= cluster([...wanted]).finally(() => {
      asked = undefined
    })
    await asked
  }

  function leaderOf(topic: string, partition: number): number | undefined {
    const leader = known.topics.get(topic)?.leaders[partition]
    return leader === undefined || leader < 0 ? undefined : leader
  }

  /** The one that was told first has the most that may still be appended. */
  function move(place: string, from: number): void {
    const first = moved.get(place)
    if (first === undefined || !isSending(first)) moved.set(place, from)
  }

  const isSending = (node: number) => queues.get(node)?.sendingSince !== undefined

  /** Where a message may be sent now: not to a new leader while the old one may still append what was sent before. */
  function nodeFor({ topic, partition }: Message): number | undefined {
    if (moved.size > 0) {
      const before = moved.get(`${topic} ${partition}`)
      if (before !== undefined && isSending(before)) return undefined
      moved.delete(`${topic} ${partition}`)
    }
    return leaderOf(topic, partition)
  }

  function producerOf(node: number): BufferProducer {
    const existing = producers.get(node)
    if (existing !== undefined) return existing
    const made: BufferProducer = new Producer({
      ...base,
      idempotent: true,
      acks: -1,
      retries: FEWEST_RETRIES,
      retryDelay: RETRY_DELAY_MS,
      metadataMaxAge: METADATA_AGE_MS,
    })
    producers.set(node, made)
    return made
  }

  async function send(node: number, messages: readonly Message[]): Promise<void> {
    const producer = producerOf(node)
    try {
      await producer.send({
        messages: messages.map(({ value, ...message }) => (value === undefined ? message : { ...message, value })),
      })
    } catch (error) {
      // After a failure nobody knows which sequence the broker expects: a new producer begins its own.
      producers.delete(node)
      void producer.close().catch(() => undefined)
      if (closed) throw error
      trouble('a batch was not confirmed', error)
      await refresh().catch(() => undefined)
      throw error
    }
  }

  function queueOf(node: number): AppendQueue<Message> {
    const existing = queues.get(node)
    if (existing !== undefined) return existing
    const made = new AppendQueue<Message>({
      send: (batch) => send(node, batch),
      clock,
      sizeOf: ({ key, value }) => key.length + (value?.length ?? 0) + RECORD_OVERHEAD_BYTES,
      maxBatch: MAX_BATCH_BYTES,
    })
    queues.set(node, made)
    return made
  }

  function consumer(): Consumer {
    const made = new Consumer(groupless)
    consumers.push(made)
    return made
  }

  function loopsOf(topic: string): FetchLoops {
    const existing = loops.get(topic)
    if (existing !== undefined) return existing
    const made = new FetchLoops({
      steady: longPolls(consumer()),
      quick: shortPolls(consumer()),
      topicId: () => known.topics.get(topic)?.id,
      leaderOf: (partition) => leaderOf(topic, partition),
      refresh,
      async endsOf(partition) {
        const [start, end] = await Promise.all([
          asking.offsetAt(topic, partition, 'earliest'),
          asking.offsetAt(topic, partition, 'latest'),
        ])
        return { start, end }
      },
      clock,
      scheduler,
      failed: (error) => trouble('a fetch failed', error),
    })
    loops.set(topic, made)
    return made
  }

  return {
    ...asking,
    cluster,
    leaderOf,

    async append(messages) {
      const byNode = new Map<number, Message[]>()
      const failed: Message[] = []
      for (const message of messages) {
        const node = nodeFor(message)
        const batch = node === undefined ? failed : (byNode.get(node) ?? [])
        if (node !== undefined) byNode.set(node, batch)
        batch.push(message)
      }
      if (failed.length > 0) void refresh().catch(() => undefined)
      const results = await Promise.all([...byNode].map(([node, batch]) => queueOf(node).push(batch)))
      return [...failed, ...results.flat()]
    },

    appendingSince(topic, partition) {
      const node = leaderOf(topic, partition)
      return node === undefined ? undefined : queues.get(node)?.sendingSince
    },

    follow: (follower) => loopsOf(follower.topic).add(follower),
    asFetched,

    async close() {
      closed = true
      for (const fetching of loops.values()) fetching.close()
      await Promise.allSettled([
        ...[...producers.values()].map((producer) => producer.close()),
        ...consumers.map((one) => one.close(true)),
        admin.close(),
      ])
    },
  }
}
