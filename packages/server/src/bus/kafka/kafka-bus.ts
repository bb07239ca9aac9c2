import { createHash, createHmac, hkdfSync } from 'node:crypto'
import { Admin, type ConnectionOptions, Consumer, type MessageToProduce, Producer } from '@platformatic/kafka'
import type { Epoch, RoomKey, RoomRecord } from '@whisperrooms/protocol'
import type { Clock, Random, Scheduler } from '../../clock.ts'
import { type Bus, shardOf } from '../bus.ts'
import { FetchLoop, type Reader } from './fetch-loop.ts'
import { KafkaClock } from './kafka-clock.ts'
import { ProduceQueue } from './produce-queue.ts'
import { encodeRecord } from './record-codec.ts'
import { decodeSnapshot, readState, stateKey } from './state-topic.ts'
import { ensureTopics, topicsOf } from './topics.ts'

export interface KafkaOptions {
  /** `host:port` of some brokers; the others are learnt from them. */
  readonly brokers: readonly string[]
  /** How many shards a topic made here gets; one that is there keeps its own. */
  readonly shards: number
  readonly longestTtlMs: number
  /** What the names of the topics begin with. */
  readonly topicPrefix: string
  /** Hides the rooms' names from the broker; the same for all gateways. */
  readonly secret: Uint8Array
  readonly clock: Clock
  readonly scheduler: Scheduler
  readonly random: Random
  readonly connection?: Pick<ConnectionOptions, 'tls' | 'sasl'>
  /** Something went wrong that the bus lives with; `what` is a word of ours. */
  readonly trouble: (what: string, error?: unknown) => void
}

/** How often the broker is asked for its time, in milliseconds. */
const PROBE_MS = 2_000
/** Without a successful fetch for this long the bus is not ready, in milliseconds. */
const READY_MS = 3_000
/** Probes at the start: of so many, one has a short way. */
const FIRST_PROBES = 3
const REQUEST_TIMEOUT_MS = 5_000

/** How often a topic just made is asked for, every 100 ms. */
const MOST_TRIES = 50

const EARLIEST = -2n
const LATEST = -1n

type Message = MessageToProduce<Buffer, Buffer, Buffer, Buffer>

/**
 * The bus on Apache Kafka: a shard is a partition of one topic, and its offsets and append times are the room's.
 *
 * @throws when no broker can be reached, or the topics cannot be made.
 */
export async function kafkaBus(options: KafkaOptions): Promise<Bus> {
  const { clock, scheduler, trouble } = options
  const gateway = options.random(9).toString('base64url')
  const base = {
    clientId: `whisperrooms-${gateway}`,
    bootstrapBrokers: [...options.brokers],
    autocreateTopics: false,
    retries: 2,
    retryDelay: 100,
    timeout: REQUEST_TIMEOUT_MS,
    requestTimeout: REQUEST_TIMEOUT_MS,
    connectTimeout: REQUEST_TIMEOUT_MS,
    ...options.connection,
  }
  const admin = new Admin(base)
  // What is read one after the other, as a probe or a take-up, must not wait for a long poll.
  const poller = new Consumer({ ...base, groupId: `whisperrooms-${gateway}` })
  const asker = new Consumer({ ...base, groupId: `whisperrooms-${gateway}` })
  const producers = new Map<number, Producer<Buffer, Buffer, Buffer, Buffer>>()
  const queues = new Map<number, ProduceQueue<Message>>()
  const time = new KafkaClock(clock)
  let closed = false
  let lastFetchedMs = Number.NEGATIVE_INFINITY

  const topics = topicsOf(options.topicPrefix)
  const names = [topics.log, topics.state]
  let metadata = await admin.metadata({ topics: [] })
  await ensureTopics(admin, { ...options, topics, brokers: metadata.brokers.size })
  metadata = await until(
    () => asker.metadata({ topics: names, forceUpdate: true }),
    ({ topics: known }) => names.every((topic) => known.get(topic)?.partitions.every(({ leader }) => leader >= 0)),
    scheduler,
  )
  const shards = metadata.topics.get(topics.log)?.partitionsCount ?? 0
  const epoch = createHash('sha256')
    .update(`${metadata.topics.get(topics.log)?.id} ${shards}`)
    .digest('base64url')
    .slice(0, 12) as Epoch

  const namesKey = Buffer.from(hkdfSync('sha256', options.secret, '', 'whisperrooms room names 1', 32))
  const leaderOf = (topic: string) => (partition: number) => metadata.topics.get(topic)?.partitions[partition]?.leader
  const topicId = (topic: string) => metadata.topics.get(topic)?.id ?? ''

  async function refresh(): Promise<void> {
    metadata = await asker.metadata({ topics: names, forceUpdate: true })
  }

  function producerOf(node: number): Producer<Buffer, Buffer, Buffer, Buffer> {
    const known = producers.get(node)
    if (known !== undefined) return known
    const made = new Producer<Buffer, Buffer, Buffer, Buffer>({ ...base, idempotent: true, acks: -1, retries: 0 })
    producers.set(node, made)
    return made
  }

  async function sendTo(node: number, messages: readonly Message[]): Promise<void> {
    const producer = producerOf(node)
    try {
      await producer.send({ messages: [...messages] })
    } catch (error) {
      // After a failure nobody knows which sequence the broker expects: a new producer begins its own.
      producers.delete(node)
      void producer.close().catch(() => undefined)
      trouble('a batch was not confirmed', error)
      await refresh().catch(() => undefined)
      throw error
    }
  }

  function queueOf(node: number): ProduceQueue<Message> {
    const known = queues.get(node)
    if (known !== undefined) return known
    const made = new ProduceQueue<Message>((batch) => sendTo(node, batch))
    queues.set(node, made)
    return made
  }

  /** @returns the messages that were not confirmed. */
  async function produce(messages: readonly Message[]): Promise<ReadonlySet<Message>> {
    const byNode = new Map<number, Message[]>()
    const failed = new Set<Message>()
    for (const message of messages) {
      const node = leaderOf(message.topic)(message.partition ?? 0)
      if (node === undefined || node < 0) failed.add(message)
      else byNode.set(node, [...(byNode.get(node) ?? []), message])
    }
    const results = await Promise.all([...byNode].map(([node, batch]) => queueOf(node).push(batch)))
    for (const message of results.flat()) failed.add(message)
    return failed
  }

  async function offsetAt(topic: string, partition: number, timestamp: bigint): Promise<bigint> {
    const [answer] = await admin.listOffsets({
      topics: [{ name: topic, partitions: [{ partitionIndex: partition, timestamp }] }],
    })
    return answer?.partitions[0]?.offset ?? -1n
  }

  /** Appends a sign of life, reads back when it was appended, and so knows what time it is there. */
  async function probe(): Promise<void> {
    const partition = shardOf(gateway as Parameters<typeof shardOf>[0], shards)
    const node = leaderOf(topics.state)(partition)
    if (node === undefined) return
    const sentMs = clock()
    const result = await producerOf(node).send({
      messages: [
        { topic: topics.state, partition, key: Buffer.from(stateKey.gateway(gateway)), value: Buffer.from('{"v":1}') },
      ],
    })
    const confirmedMs = clock()
    const offset = result.offsets?.[0]?.offset
    if (offset === undefined) return
    const { responses } = await asker.fetch({
      node,
      minBytes: 1,
      maxBytes: 1024 * 1024,
      maxWaitTime: 100,
      topics: [
        {
          topicId: topicId(topics.state),
          partitions: [
            { partition, fetchOffset: offset, currentLeaderEpoch: -1, lastFetchedEpoch: -1, partitionMaxBytes: 65_536 },
          ],
        },
      ],
    })
    for (const batch of responses[0]?.partitions[0]?.records ?? [])
      if (batch.firstOffset === offset) time.probe(sentMs, confirmedMs, Number(batch.maxTimestamp))
  }

  let cancelProbe = () => {}
  function probeAgain(): void {
    cancelProbe = scheduler.after(PROBE_MS, () => {
      void probe()
        .catch((error: unknown) => trouble('the broker did not tell its time', error))
        .finally(() => {
          if (!closed) probeAgain()
        })
    })
  }

  const fetching = new FetchLoop({
    consumer: poller,
    topicId: () => topicId(topics.log),
    leaderOf: leaderOf(topics.log),
    refresh,
    busNow: () => time.now(),
    scheduler,
    fetched(isOk) {
      if (isOk) lastFetchedMs = clock()
      else trouble('a fetch failed')
    },
    overtaken: () => trouble('records were gone before they were read'),
    unreadable: () => trouble('a record could not be read'),
  })

  async function takeUp(reader: Reader, sinceMs: number): Promise<void> {
    const end = await offsetAt(topics.log, reader.partition, LATEST)
    const since = sinceMs <= 0 ? EARLIEST : BigInt(Math.floor(sinceMs))
    const start = await offsetAt(topics.log, reader.partition, since)
    reader.next = start < 0n ? end : start
  }

  for (let i = 0; i < FIRST_PROBES; i++) await probe()
  if (!time.isSet) throw new Error('the broker did not tell its time')
  probeAgain()

  return {
    shards,
    keyOf: (room) => createHmac('sha256', namesKey).update(room).digest('base64url').slice(0, 22) as RoomKey,
    epoch: () => epoch,
    now: () => time.now(),
    isReady: () => !closed && clock() - lastFetchedMs < READY_MS,

    async publish(records) {
      const messages = new Map<Message, RoomRecord>()
      for (const record of records)
        messages.set(
          {
            topic: topics.log,
            partition: shardOf(record.room, shards),
            key: Buffer.from(record.room),
            value: encodeRecord(record),
          },
          record,
        )
      const failed = await produce([...messages.keys()])
      return [...failed].flatMap((message) => messages.get(message) ?? [])
    },

    subscribe(shard, sinceMs, subscriber) {
      const { promise: caughtUp, resolve } = Promise.withResolvers<void>()
      const reader: Reader = { partition: shard, subscriber, next: 0n, caughtUp: resolve }
      let ended = false
      void takeUp(reader, sinceMs).then(
        () => {
          if (!ended) fetching.add(reader)
        },
        (error: unknown) => trouble('a shard could not be taken up', error),
      )
      return {
        caughtUp,
        end() {
          ended = true
          fetching.delete(reader)
        },
      }
    },

    async putSnapshot(room, snapshot) {
      const { room: _, ...kept } = snapshot ?? { room }
      await produce([
        {
          topic: topics.state,
          partition: shardOf(room, shards),
          key: Buffer.from(stateKey.room(room)),
          ...(snapshot === undefined ? {} : { value: Buffer.from(JSON.stringify(kept)) }),
        },
      ])
    },

    async snapshots(shard) {
      const [start, end] = await Promise.all([
        offsetAt(topics.state, shard, EARLIEST),
        offsetAt(topics.state, shard, LATEST),
      ])
      const reader = { consumer: asker, topicId: topicId(topics.state), leaderOf: leaderOf(topics.state) }
      const state = await readState(reader, shard, end, start)
      return [...state].map(([key, value]) => decodeSnapshot(key, value)).filter((snapshot) => snapshot !== undefined)
    },

    async close() {
      closed = true
      cancelProbe()
      fetching.close()
      await Promise.allSettled([
        ...[...producers.values()].map((producer) => producer.close()),
        poller.close(true),
        asker.close(true),
        admin.close(),
      ])
    },
  }
}

/** Asks until the answer will do; a topic just made is unknown for a moment. */
async function until<T>(
  ask: () => Promise<T>,
  willDo: (answer: T) => boolean | undefined,
  scheduler: Scheduler,
): Promise<T> {
  for (let tries = 1; ; tries++) {
    try {
      const answer = await ask()
      if (willDo(answer)) return answer
    } catch (error) {
      if (tries >= MOST_TRIES) throw error
    }
    await new Promise<void>((resolve) => {
      scheduler.after(100, resolve)
    })
  }
}
