import { randomBytes } from 'node:crypto'
import { Admin, Producer } from '@platformatic/kafka'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { platformaticAdmin } from '../../packages/server/src/bus/kafka/platformatic/admin.ts'
import { ensureTopics, TopicError, type TopicsOptions, topicsOf } from '../../packages/server/src/bus/kafka/topics.ts'
import { systemScheduler } from '../../packages/server/src/clock.ts'
import { kafkaOrSkip, startBroker, type TestBroker } from '../support/broker.ts'

type Driver = ReturnType<typeof platformaticAdmin>

const available = await kafkaOrSkip()

const newPrefix = () => `topics-${randomBytes(6).toString('hex')}`

const optionsFor = (brokers: string, options: Partial<TopicsOptions> = {}): TopicsOptions => ({
  prefix: newPrefix(),
  shards: 4,
  longestTtlMs: 5_000,
  stateRetentionMs: 600_000,
  manage: undefined,
  brokers: brokers.split(','),
  scheduler: systemScheduler,
  ...options,
})

/** A driver, as far as topics are concerned, and its end. */
function connect(brokers: string): { driver: Driver; close: () => Promise<void> } {
  const admin = new Admin({
    clientId: 'topics-test',
    bootstrapBrokers: brokers.split(','),
    autocreateTopics: false,
    retries: 2,
    retryDelay: 100,
  })
  return { driver: platformaticAdmin(admin), close: () => admin.close() }
}

async function refusal(ensuring: Promise<unknown>): Promise<TopicError> {
  const error: unknown = await ensuring.catch((reason: unknown) => reason)
  if (!(error instanceof TopicError)) throw new Error('it was not refused', { cause: error })
  return error
}

/** What the command in a refusal sets on a topic, read as the shell and `kafka-configs.sh` read it. */
function commanded(message: string, topic: string): Record<string, string> {
  const line = message.split('\n').find((command) => command.includes(`--entity-name ${topic} --add-config `))
  const list = /--add-config '?(.+?)'?$/.exec(line ?? '')?.[1] ?? ''
  const settings = list.matchAll(/([a-z.]+)=(?:\[([^\]]*)\]|([^,]*))/g)
  return Object.fromEntries([...settings].map(([, name, many, one]) => [name, many ?? one]))
}

describe.runIf(available)('topics on a real broker', () => {
  let broker: TestBroker
  let driver: Driver
  let close = () => Promise.resolve()
  beforeAll(async () => {
    broker = await startBroker()
    ;({ driver, close } = connect(broker.brokers))
  })
  afterAll(async () => {
    await close()
    await broker.stop()
  })

  test('are made fit for every promise, and found fit by the next gateway', async () => {
    const options = optionsFor(broker.brokers)
    const { log, state } = topicsOf(options.prefix)
    const usable = { log, state, shards: 4, warnings: [] }
    expect(await ensureTopics(driver, options)).toEqual(usable)
    expect(await ensureTopics(driver, { ...options, shards: 9 })).toEqual(usable)
    expect(await driver.topicSettings(log)).toMatchObject({
      'retention.ms': '20000',
      'message.timestamp.type': 'LogAppendTime',
      'min.insync.replicas': '1',
      'segment.bytes': '1073741824',
    })
    const { topics } = await driver.cluster([log, state])
    expect(topics.get(log)).toMatchObject({ leaders: [1, 1, 1, 1], replicas: 1 })
    expect(topics.get(state)?.id).not.toBe(topics.get(log)?.id)
  })

  test('that two gateways make at once are found made by both', async () => {
    const other = connect(broker.brokers)
    const options = optionsFor(broker.brokers)
    const both = await Promise.all([ensureTopics(driver, options), ensureTopics(other.driver, options)])
    expect(both.map(({ shards }) => shards)).toEqual([4, 4])
    await other.close()
  })

  describe('that are not fit', () => {
    let options: TopicsOptions
    beforeAll(async () => {
      options = optionsFor(broker.brokers)
      await ensureTopics(driver, options)
    })

    test.each([
      ['log', { 'retention.ms': '5000' }],
      ['log', { 'retention.ms': '-1' }],
      ['log', { 'retention.bytes': '1048576' }],
      ['log', { 'segment.ms': '60000', 'file.delete.delay.ms': '60000' }],
      ['log', { 'message.timestamp.type': 'CreateTime' }],
      ['log', { 'cleanup.policy': 'compact' }],
      ['log', { 'min.insync.replicas': '2' }],
      ['log', { 'unclean.leader.election.enable': 'true' }],
      ['log', { 'max.message.bytes': '65536' }],
      ['state', { 'cleanup.policy': 'delete' }],
      ['state', { 'retention.ms': '60000' }],
      ['state', { 'max.compaction.lag.ms': '9223372036854775807', 'delete.retention.ms': '86400000' }],
      ['state', { 'min.compaction.lag.ms': '30000', 'max.compaction.lag.ms': '30000' }],
    ] as const)('because of the %s with %o are refused, until the command that is told was run', async (of, unsafe) => {
      const topic = topicsOf(options.prefix)[of]
      const before = await driver.topicSettings(topic)
      await driver.changeTopicSettings(topic, unsafe)
      await expect.poll(() => driver.topicSettings(topic)).toMatchObject(unsafe)
      const { code, message, faults } = await refusal(ensureTopics(driver, options))
      expect(code).toBe('unsafe_topic')
      expect(faults.map(({ setting }) => setting).toSorted()).toEqual(Object.keys(unsafe).toSorted())
      expect(message).toContain(`kafka-configs.sh --bootstrap-server ${broker.brokers} --alter --entity-type topics`)

      const mending = commanded(message, topic)
      await driver.changeTopicSettings(topic, mending)
      await expect.poll(() => driver.topicSettings(topic)).toMatchObject(mending)
      expect((await ensureTopics(driver, options)).shards).toBe(4)
      expect(await driver.topicSettings(topic)).toEqual(before)
    })
  })

  test('that an operator made with what Kafka does by itself are mended, when the gateway manages them', async () => {
    const options = optionsFor(broker.brokers)
    const names = topicsOf(options.prefix)
    await Promise.all([names.log, names.state].map((topic) => driver.createTopic(topic, 4, 1, {})))
    const { code, faults } = await refusal(ensureTopics(driver, options))
    expect(code).toBe('unsafe_topic')
    expect(new Set(faults.flatMap(({ of }) => ('topic' in of ? of.topic : [])))).toEqual(
      new Set([names.log, names.state]),
    )
    expect((await ensureTopics(driver, { ...options, manage: true })).shards).toBe(4)
    expect((await ensureTopics(driver, { ...options, manage: false })).shards).toBe(4)
    expect(await driver.topicSettings(names.state)).toMatchObject({
      'cleanup.policy': 'compact,delete',
      'max.compaction.lag.ms': '5000',
    })
  })

  test('that have not as many partitions are refused, whatever may be managed', async () => {
    const options = optionsFor(broker.brokers, { manage: true })
    const { log, state } = topicsOf(options.prefix)
    await driver.createTopic(log, 4, 1, {})
    await driver.createTopic(state, 2, 1, {})
    const { code, message } = await refusal(ensureTopics(driver, options))
    expect(code).toBe('too_few_partitions')
    expect(message).toContain(
      `kafka-topics.sh --bootstrap-server ${broker.brokers} --alter --topic ${state} --partitions 4`,
    )
  })

  test('that the broker refuses to make are told with its reason', async () => {
    const { code, message } = await refusal(ensureTopics(driver, optionsFor(broker.brokers, { shards: 0 })))
    expect(code).toBe('topic_not_made')
    expect(message).toContain('INVALID_PARTITIONS: Number of partitions')
  })

  test('tell where their records begin, end, and were at a time', async () => {
    const { log } = await ensureTopics(driver, optionsFor(broker.brokers))
    const producer = new Producer<Buffer, Buffer, Buffer, Buffer>({
      clientId: 'topics-test',
      bootstrapBrokers: [broker.brokers],
      autocreateTopics: false,
    })
    const beforeMs = Date.now() - 1
    for (let i = 0; i < 3; i++)
      await producer.send({ acks: -1, messages: [{ topic: log, partition: 2, value: Buffer.from('hello') }] })
    await producer.close()
    expect(await driver.offsetAt(log, 2, 'earliest')).toBe(0)
    expect(await driver.offsetAt(log, 2, 'latest')).toBe(3)
    expect(await driver.offsetAt(log, 2, beforeMs)).toBe(0)
    expect(await driver.offsetAt(log, 2, Date.now() + 60_000)).toBe(3)
    expect(await driver.offsetAt(log, 3, beforeMs)).toBe(0)
  })
})

describe.runIf(available)('a broker that looks for old messages every five minutes', () => {
  let broker: TestBroker
  beforeAll(async () => {
    broker = await startBroker({ settings: { 'log.retention.check.interval.ms': 300_000 } })
  })
  afterAll(() => broker.stop())

  test('is refused with the line for its file, and not mended', async () => {
    const { driver, close } = connect(broker.brokers)
    const { code, message, faults } = await refusal(ensureTopics(driver, optionsFor(broker.brokers, { manage: true })))
    await close()
    expect(code).toBe('unsafe_broker')
    expect(faults).toHaveLength(1)
    expect(message).toContain('for up to 333 s, 35 s are promised')
    expect(message).toContain(
      'In the server.properties of broker 1, which then has to be started again:\nlog.retention.check.interval.ms=1000',
    )
  })
})

describe.runIf(available)('three brokers', () => {
  let brokers: TestBroker
  beforeAll(async () => {
    brokers = await startBroker({ nodes: 3 })
  })
  afterAll(() => brokers.stop())

  test('each have a replica, and one may be away', async () => {
    const { driver, close } = connect(brokers.brokers)
    const options = optionsFor(brokers.brokers)
    const { log, warnings } = await ensureTopics(driver, options)
    expect(warnings).toEqual([])
    expect((await driver.cluster([log])).topics.get(log)).toMatchObject({ replicas: 3 })
    await driver.changeTopicSettings(log, { 'min.insync.replicas': '1' })
    expect((await refusal(ensureTopics(driver, options))).message).toContain('min.insync.replicas=2')
    await driver.changeTopicSettings(log, { 'min.insync.replicas': '3' })
    expect((await refusal(ensureTopics(driver, options))).message).toContain('min.insync.replicas=2')
    expect((await ensureTopics(driver, { ...options, manage: true })).shards).toBe(4)
    await close()
  })

  test('are told what only one of them has', async () => {
    const { driver, close } = connect(brokers.brokers)
    const options = optionsFor(brokers.brokers, { manage: true })
    const { log, state } = topicsOf(options.prefix)
    for (const topic of [log, state]) await driver.createTopic(topic, 4, 1, {})
    const { warnings } = await ensureTopics(driver, options)
    await close()
    expect(warnings.map(({ of, setting, actual, wanted }) => ({ of, setting, actual, wanted }))).toEqual(
      [log, state].map((topic) => ({ of: { topic }, setting: 'replicas', actual: '1', wanted: '3' })),
    )
  })

  test('are enough while one of them is away, and then it is known which partitions nobody leads', async () => {
    const { driver, close } = connect(brokers.brokers)
    const options = optionsFor(brokers.brokers)
    const lonely = `${options.prefix}.lonely`
    await ensureTopics(driver, options)
    await driver.createTopic(lonely, 3, 1, {})
    await brokers.killNode(3)
    expect(await ensureTopics(driver, options)).toMatchObject({ shards: 4 })
    const leadersOf = async () => (await driver.cluster([lonely])).topics.get(lonely)?.leaders ?? []
    await expect.poll(async () => new Set(await leadersOf()), { timeout: 20_000 }).toEqual(new Set([-1, 1, 2]))
    const leaders = await leadersOf()
    expect(await driver.offsetAt(lonely, leaders.indexOf(1), 'latest')).toBe(0)
    await expect(driver.offsetAt(lonely, leaders.indexOf(-1), 'latest')).rejects.toThrow('nobody leads')
    expect(new Set((await driver.cluster([])).brokers)).toEqual(new Set([1, 2]))
    await close()
  })
})
