import { randomBytes } from 'node:crypto'
import { Admin } from '@platformatic/kafka'
import { Kafka, logLevel } from 'kafkajs'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import type { KafkaDriver } from '../../packages/server/src/bus/kafka/driver.ts'
import { kafkajsDriver } from '../../packages/server/src/bus/kafka/kafkajs/driver.ts'
import { platformaticDriver } from '../../packages/server/src/bus/kafka/platformatic/driver.ts'
import { kafkaOrSkip, startBroker, type TestBroker } from '../support/broker.ts'
import { openDriver, soon, testFollower } from '../support/kafka-driver.ts'

const PARTITIONS = 3
/** Longer than an append may be unconfirmed, in milliseconds. */
const KNOWN_MS = 7_000

const numbers = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => String(from + i))

describe.runIf(await kafkaOrSkip()).each([
  ['@platformatic/kafka', platformaticDriver],
  ['KafkaJS', kafkajsDriver],
])('through %s', (_, makeDriver) => {
  let broker: TestBroker
  let admin: Admin
  let driver: KafkaDriver
  let topic: string

  beforeAll(async () => {
    broker = await startBroker()
    admin = new Admin({ clientId: 'driver-test', bootstrapBrokers: [broker.brokers], retries: 3 })
  })
  afterAll(async () => {
    await admin.close()
    await broker.stop()
  })
  beforeEach(async () => {
    driver = openDriver(makeDriver, broker.brokers)
    topic = `topic-${randomBytes(6).toString('hex')}`
    await makeTopic()
  })
  afterEach(() => driver.close())

  /** Makes the topic, and waits until it can be used. */
  async function makeTopic(): Promise<void> {
    await driver.createTopic(topic, PARTITIONS, 1, { 'message.timestamp.type': 'LogAppendTime' })
    await soon(async () => {
      const { topics } = await driver.cluster([topic])
      expect(topics.get(topic)?.leaders).toEqual([1, 1, 1])
    })
  }

  const message = (value: string | undefined, partition = 0) => ({
    topic,
    partition,
    key: Buffer.from('key'),
    value: value === undefined ? undefined : Buffer.from(value),
  })

  async function append(values: readonly string[], partition = 0): Promise<void> {
    const messages = values.map((value) => message(value, partition))
    await soon(async () => expect(await driver.append(messages)).toEqual([]))
  }

  function follow(...of: Parameters<typeof testFollower> extends [string, ...infer Rest] ? Rest : never) {
    const follower = testFollower(topic, ...of)
    return { ...follower, stop: driver.follow(follower) }
  }

  const deleteBefore = (offset: number) =>
    admin.deleteRecords({ topics: [{ name: topic, partitions: [{ partition: 0, offset: BigInt(offset) }] }] })

  test('several who follow one partition each get what comes from their place on', async () => {
    await append(numbers(0, 10))
    const early = follow(0, 0)
    const late = follow(0, 7)
    await soon(() => expect(early.heard).toEqual(numbers(0, 10)))
    await soon(() => expect(late.heard).toEqual(numbers(7, 10)))
    const behind = follow(0, 3)
    await append(numbers(10, 12))
    await soon(() => expect(behind.heard).toEqual(numbers(3, 12)))
    await soon(() => expect(early.heard).toEqual(numbers(0, 12)))
    await soon(() => expect(late.heard).toEqual(numbers(7, 12)))
  })

  test('who is slow holds up nobody else, and misses nothing', async () => {
    const ready = Promise.withResolvers<void>()
    const slow = follow(0, 0, ({ length }) => (length === 1 ? ready.promise : undefined))
    const quick = follow(0, 0)
    const elsewhere = follow(1, 0)
    await append(['0'])
    await soon(() => expect(slow.heard).toEqual(['0']))
    await append(numbers(1, 5))
    await append(['there'], 1)
    await soon(() => expect(quick.heard).toEqual(numbers(0, 5)))
    await soon(() => expect(elsewhere.heard).toEqual(['there']))
    expect(slow.heard).toEqual(['0'])
    ready.resolve()
    await soon(() => expect(slow.heard).toEqual(numbers(0, 5)))
  })

  test('who comes while others are followed gets the first records within a second', async () => {
    await append(['here'])
    await append(['there'], 1)
    const first = follow(0, 0)
    await soon(() => expect(first.heard).toEqual(['here']))
    const second = follow(1, 0)
    await vi.waitFor(() => expect(second.heard).toEqual(['there']), { timeout: 1_000 })
  })

  test('who has stopped is told nothing more', async () => {
    const stopped = follow(0, 0)
    const other = follow(0, 0)
    await append(['0'])
    await soon(() => expect(stopped.heard).toEqual(['0']))
    stopped.stop()
    await append(['1'])
    await soon(() => expect(other.heard).toEqual(['0', '1']))
    expect(stopped.heard).toEqual(['0'])
  })

  test('a quiet partition is known to be quiet, more than once a second', async () => {
    const { tails } = follow(0, 0)
    await soon(() => expect(tails.length).toBeGreaterThan(0))
    await vi.waitFor(() => expect(tails.length).toBeGreaterThan(6), { timeout: 5_000 })
    expect(new Set(tails.map(({ end }) => end))).toEqual(new Set([0]))
    const times = tails.map(({ asOf }) => asOf)
    expect(times).toEqual(times.toSorted((one, other) => one - other))
  })

  test('the end is told only when everything before it was taken in', async () => {
    await append(numbers(0, 500))
    const reader = follow(0, 0)
    await soon(() => expect(reader.tails.length).toBeGreaterThan(0))
    expect(reader.heard).toHaveLength(500)
    expect(reader.tails[0]?.end).toBe(500)
  })

  test('what is gone before it was read is told, and then what comes after it', async () => {
    await append(numbers(0, 10))
    await deleteBefore(6)
    const reader = follow(0, 2)
    await soon(() => expect(reader.heard).toEqual([{ overtaken: 6 }, ...numbers(6, 10)]))
    await append(['10'])
    await soon(() => expect(reader.heard).toEqual([{ overtaken: 6 }, ...numbers(6, 11)]))
  })

  test.each([
    ['and something is left', 3],
    ['and nothing is left', 5],
  ])('what is gone while its reader is slow is told, %s', async (__, start) => {
    const ready = Promise.withResolvers<void>()
    const slow = follow(0, 0, ({ length }) => (length === 1 ? ready.promise : undefined))
    const quick = follow(0, 0)
    await append(['0'])
    await soon(() => expect(slow.heard).toEqual(['0']))
    await append(numbers(1, 5))
    await soon(() => expect(quick.heard).toEqual(numbers(0, 5)))
    await deleteBefore(start)
    ready.resolve()
    const told = ['0', { overtaken: start }]
    await soon(() => expect(slow.heard).toEqual([...told, ...numbers(start, 5)]))
    await append(['5'])
    await soon(() => expect(slow.heard).toEqual([...told, ...numbers(start, 6)]))
    await soon(() => expect(quick.heard).toEqual(numbers(0, 6)))
  })

  test('who follows a topic that is made anew is told that it has diverged', async () => {
    await append(numbers(0, 3))
    const reader = follow(0, 0)
    await soon(() => expect(reader.heard).toEqual(numbers(0, 3)))
    await admin.deleteTopics({ topics: [topic] })
    // It takes a moment until it is gone.
    await soon(makeTopic)
    await soon(() => expect(reader.heard).toEqual([...numbers(0, 3), 'diverged']))
    await append(['new'])
    const again = follow(0, 0)
    await soon(() => expect(again.heard).toEqual(['new']))
  })

  test('a broker that is down for a while is told to who appends, and who reads is only late', async () => {
    await append(['before'])
    const reader = follow(0, 0)
    await soon(() => expect(reader.heard).toEqual(['before']))
    await broker.kill()
    const messages = [message('lost')]
    const failed = vi.fn()
    void driver.append(messages).then(failed)
    await vi.waitFor(() => expect(failed).toHaveBeenCalledWith(messages), { timeout: KNOWN_MS })
    await broker.startAgain()
    await append(['after'])
    await soon(() => expect(reader.heard).toEqual(['before', 'after']))
  })

  test('transactions of others are not waited for, however they end', async () => {
    const stranger = new Kafka({ brokers: [broker.brokers], logLevel: logLevel.NOTHING })
    const producer = stranger.producer({ transactionalId: topic, maxInFlightRequests: 1, idempotent: true })
    await producer.connect()
    const reader = follow(0, 0)
    // Each has a message, and a mark that ends it.
    for (const [ending, end] of [['commit', 2] as const, ['abort', 4] as const]) {
      const transaction = await producer.transaction()
      await transaction.send({ topic, messages: [{ partition: 0, value: ending }] })
      await transaction[ending]()
      await soon(() => expect(reader.tails.at(-1)?.end).toBe(end))
    }
    await producer.disconnect()
    await append(['after'])
    await soon(() => expect(reader.heard).toEqual(['commit', 'abort', 'after']))
  })

  test('a message has its place and time, and without a value it has none', async () => {
    const sinceMs = Date.now() - 1
    expect(await driver.append([message('one', 2), message(undefined, 2)])).toEqual([])
    const { messages } = follow(2, 0)
    await soon(() => expect(messages).toHaveLength(2))
    const [one, tombstone] = messages
    expect(one).toMatchObject({ offset: 0, key: Buffer.from('key'), value: Buffer.from('one') })
    expect(tombstone).toMatchObject({ offset: 1, key: Buffer.from('key'), value: null })
    const at = one?.at ?? 0
    expect(at).toBeGreaterThan(sinceMs)
    expect(await driver.offsetAt(topic, 2, 'earliest')).toBe(0)
    expect(await driver.offsetAt(topic, 2, 'latest')).toBe(2)
    expect(await driver.offsetAt(topic, 2, at)).toBe(0)
    expect(await driver.offsetAt(topic, 2, at + 60_000)).toBe(2)
  })

  test('who leads what is known, and a topic that is not there is left out', async () => {
    const { brokers, topics } = await driver.cluster([topic, 'no-such-topic'])
    expect(brokers).toEqual([1])
    expect([...topics.keys()]).toEqual([topic])
    expect(driver.leaderOf(topic, PARTITIONS - 1)).toBe(1)
    expect(driver.leaderOf(topic, PARTITIONS)).toBeUndefined()
    expect(driver.leaderOf('no-such-topic', 0)).toBeUndefined()
  })

  test('a setting that is changed leaves the others as they were', async () => {
    await driver.changeTopicSettings(topic, { 'retention.ms': '60000' })
    await soon(async () => expect(await driver.topicSettings(topic)).toMatchObject({ 'retention.ms': '60000' }))
    await driver.changeTopicSettings(topic, { 'segment.ms': '10000' })
    await soon(async () => expect(await driver.topicSettings(topic)).toMatchObject({ 'segment.ms': '10000' }))
    expect(await driver.topicSettings(topic)).toMatchObject({
      'message.timestamp.type': 'LogAppendTime',
      'retention.ms': '60000',
      'cleanup.policy': 'delete',
    })
    expect(await driver.brokerSettings(1)).toMatchObject({ 'log.retention.check.interval.ms': '1000' })
  })

  test('what the brokers refuse is told with their word for it', async () => {
    await expect(driver.createTopic(topic, 3, 1, {})).rejects.toThrow('TOPIC_ALREADY_EXISTS')
    await expect(driver.createTopic(`${topic}-2`, 3, 2, {})).rejects.toThrow('INVALID_REPLICATION_FACTOR')
    await expect(driver.changeTopicSettings(topic, { 'retention.ms': 'soon' })).rejects.toThrow('INVALID_CONFIG')
    await expect(driver.topicSettings('no-such-topic')).rejects.toThrow()
  })
})
