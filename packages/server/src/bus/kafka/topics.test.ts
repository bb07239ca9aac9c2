import { describe, expect, test } from 'vitest'
import type { Settings, TopicInfo } from './driver.ts'
import { ensureTopics, TopicError, type TopicErrorCode, type TopicsOptions } from './topics.ts'

const BROKER = { 'log.retention.check.interval.ms': '1000', 'log.cleaner.backoff.ms': '1000' }

interface FakeTopic {
  partitions: number
  replicas: number
  settings: Settings
  /** How many more looks a partition has no leader at. */
  leaderlessLooks: number
}

/** Brokers that do what they are asked, with the topics they have. */
function fakeBrokers({ count = 3, settings = BROKER }: { count?: number; settings?: Settings } = {}) {
  const topics = new Map<string, FakeTopic>()
  const created: string[] = []
  return {
    topics,
    created,
    topic(name: string): FakeTopic {
      const topic = topics.get(name)
      if (topic === undefined) throw new Error(`no topic ${name}`)
      return topic
    },
    cluster(names: readonly string[]) {
      const known = new Map<string, TopicInfo & { replicas: number }>()
      for (const name of names) {
        const topic = topics.get(name)
        if (topic === undefined) continue
        const leader = topic.leaderlessLooks-- > 0 ? -1 : 1
        const leaders = Array.from({ length: topic.partitions }, () => leader)
        known.set(name, { id: name, leaders, replicas: topic.replicas })
      }
      return Promise.resolve({ brokers: Array.from({ length: count }, (_, at) => at + 1), topics: known })
    },
    createTopic(name: string, partitions: number, replicas: number, given: Settings) {
      if (topics.has(name)) return Promise.reject(new Error('it exists'))
      created.push(name)
      topics.set(name, { partitions, replicas, settings: given, leaderlessLooks: 0 })
      return Promise.resolve()
    },
    topicSettings: (name: string) => Promise.resolve(topics.get(name)?.settings ?? {}),
    brokerSettings: () => Promise.resolve(settings),
    changeTopicSettings(name: string, changes: Settings) {
      const topic = topics.get(name)
      if (topic !== undefined) topic.settings = { ...topic.settings, ...changes }
      return Promise.resolve()
    },
  }
}

const OPTIONS: TopicsOptions = {
  prefix: 'rooms',
  shards: 4,
  longestTtlMs: 300_000,
  stateRetentionMs: 600_000,
  manage: undefined,
  brokers: ['kafka:9092'],
  scheduler: {
    after(_, task) {
      const immediate = setImmediate(task)
      return () => clearImmediate(immediate)
    },
    soon: setImmediate,
  },
}

async function refusal(ensuring: Promise<unknown>): Promise<TopicError> {
  const error: unknown = await ensuring.catch((reason: unknown) => reason)
  if (!(error instanceof TopicError)) throw new Error('it was not refused', { cause: error })
  return error
}

describe('topics that are not there', () => {
  test('are made for three replicas, one of which may be away', async () => {
    const brokers = fakeBrokers()
    expect(await ensureTopics(brokers, OPTIONS)).toEqual({
      log: 'rooms.log',
      state: 'rooms.state',
      shards: 4,
      warnings: [],
    })
    expect(brokers.topics.get('rooms.log')).toMatchObject({
      partitions: 4,
      replicas: 3,
      settings: { 'min.insync.replicas': '2', 'retention.ms': '315000', 'cleanup.policy': 'delete' },
    })
    expect(brokers.topics.get('rooms.state')).toMatchObject({
      partitions: 4,
      replicas: 3,
      settings: { 'min.insync.replicas': '2', 'retention.ms': '600000', 'cleanup.policy': 'compact,delete' },
    })
  })

  test('have as many replicas as there are brokers, when they are few', async () => {
    const brokers = fakeBrokers({ count: 1 })
    await ensureTopics(brokers, OPTIONS)
    expect(brokers.topic('rooms.log')).toMatchObject({ replicas: 1, settings: { 'min.insync.replicas': '1' } })
  })

  test('have as many partitions as the one that is there', async () => {
    for (const missing of ['rooms.log', 'rooms.state']) {
      const brokers = fakeBrokers()
      await ensureTopics(brokers, { ...OPTIONS, shards: 7 })
      brokers.topics.delete(missing)
      expect((await ensureTopics(brokers, OPTIONS)).shards).toBe(7)
      expect(brokers.topic(missing).partitions).toBe(7)
    }
  })

  test('may be made by another gateway at the same time', async () => {
    const brokers = fakeBrokers()
    const { cluster } = brokers
    let looks = 0
    const late = { ...brokers, cluster: (names: readonly string[]) => cluster(looks++ === 0 ? [] : names) }
    await ensureTopics(brokers, OPTIONS)
    expect((await ensureTopics(late, OPTIONS)).shards).toBe(4)
    expect(brokers.created).toEqual(['rooms.log', 'rooms.state'])
  })

  test('are used once every partition has a leader', async () => {
    const brokers = fakeBrokers()
    await ensureTopics(brokers, OPTIONS)
    brokers.topic('rooms.state').leaderlessLooks = 3
    await ensureTopics(brokers, OPTIONS)
    expect(brokers.topic('rooms.state').leaderlessLooks).toBeLessThan(0)
    brokers.topic('rooms.state').leaderlessLooks = Number.POSITIVE_INFINITY
    expect((await refusal(ensureTopics(brokers, OPTIONS))).code).toBe('no_leader')
  })

  test('are not made when the gateway is not to manage them, and the command is told', async () => {
    const brokers = fakeBrokers()
    const { code, message } = await refusal(ensureTopics(brokers, { ...OPTIONS, manage: false }))
    expect(code).toBe('missing_topic')
    expect(message).toContain(
      'kafka-topics.sh --bootstrap-server kafka:9092 --create --topic rooms.log --partitions 4 --replication-factor 3 --config ',
    )
    expect(message).toContain(' --config min.insync.replicas=2')
    expect(brokers.created).toEqual([])
  })

  test('and that brokers refuse to make are told with what they said', async () => {
    const said = 'INVALID_CONFIG: Invalid value 10000 for configuration segment.ms: Value must be at least 60000'
    const brokers = { ...fakeBrokers(), createTopic: () => Promise.reject(new Error(said)) }
    const { code, message, cause } = await refusal(ensureTopics(brokers, OPTIONS))
    expect(code).toBe('topic_not_made')
    expect(message).toContain(said)
    expect(message).toContain('KIP-1030')
    expect(cause).toHaveProperty('message', said)
  })
})

describe('topics that are unsafe', () => {
  const UNSAFE = { 'retention.ms': '60000', 'unclean.leader.election.enable': 'true' }

  async function withUnsafeLog(settings: Settings = BROKER) {
    const brokers = fakeBrokers({ settings })
    await ensureTopics(fakeBrokersOf(brokers), OPTIONS)
    await brokers.changeTopicSettings('rooms.log', UNSAFE)
    return brokers
  }

  /** The same brokers, but for settings of theirs that are fine. */
  const fakeBrokersOf = (brokers: ReturnType<typeof fakeBrokers>) => ({
    ...brokers,
    brokerSettings: () => Promise.resolve(BROKER),
  })

  test.each([undefined, false])('are refused, and left as they are, with manage: %s', async (manage) => {
    const brokers = await withUnsafeLog()
    const { code, message, faults } = await refusal(ensureTopics(brokers, { ...OPTIONS, manage }))
    expect(code).toBe('unsafe_topic' satisfies TopicErrorCode)
    expect(faults.map(({ setting }) => setting)).toEqual(['retention.ms', 'unclean.leader.election.enable'])
    expect(message).toContain(
      'kafka-configs.sh --bootstrap-server kafka:9092 --alter --entity-type topics --entity-name rooms.log --add-config retention.ms=315000,unclean.leader.election.enable=false',
    )
    expect(brokers.topic('rooms.log').settings).toMatchObject(UNSAFE)
  })

  test('are mended when the gateway manages them', async () => {
    const brokers = await withUnsafeLog()
    expect((await ensureTopics(brokers, { ...OPTIONS, manage: true })).warnings).toEqual([])
    expect(brokers.topic('rooms.log').settings).toMatchObject({
      'retention.ms': '315000',
      'unclean.leader.election.enable': 'false',
    })
  })

  test('are checked again after mending, until the brokers say what was set', async () => {
    const brokers = await withUnsafeLog()
    const stale = { ...brokers.topic('rooms.log').settings }
    let staleLooks = 3
    const slow = {
      ...brokers,
      topicSettings: (name: string) =>
        name === 'rooms.log' && staleLooks-- > 0 ? Promise.resolve(stale) : brokers.topicSettings(name),
    }
    await ensureTopics(slow, { ...OPTIONS, manage: true })
    expect(staleLooks).toBeLessThan(0)
    const deaf = { ...brokers, topicSettings: () => Promise.resolve(stale) }
    expect((await refusal(ensureTopics(deaf, { ...OPTIONS, manage: true }))).code).toBe('unsafe_topic')
  })

  test('are mended without being asked to when they were made just now', async () => {
    const brokers = fakeBrokers()
    const forgetful = {
      ...brokers,
      createTopic: (name: string, partitions: number, replicas: number, given: Settings) =>
        brokers.createTopic(name, partitions, replicas, { ...given, ...UNSAFE }),
    }
    await ensureTopics(forgetful, OPTIONS)
    expect(brokers.topic('rooms.log').settings).toMatchObject({ 'retention.ms': '315000' })
    expect(brokers.topic('rooms.state').settings).toMatchObject({ 'retention.ms': '600000' })
  })

  test('and brokers that are unsafe are refused, whatever may be managed', async () => {
    const brokers = await withUnsafeLog({ ...BROKER, 'log.retention.check.interval.ms': '300000' })
    const { code, message } = await refusal(ensureTopics(brokers, { ...OPTIONS, manage: true }))
    expect(code).toBe('unsafe_broker')
    expect(message).toContain(
      'In the server.properties of broker 3, which then has to be started again:\nlog.retention.check.interval.ms=1000',
    )
  })

  test('and that have too few partitions are refused, whatever may be managed', async () => {
    const brokers = fakeBrokers()
    await ensureTopics(brokers, OPTIONS)
    brokers.topic('rooms.state').partitions = 2
    const { code, message } = await refusal(ensureTopics(brokers, { ...OPTIONS, manage: true }))
    expect(code).toBe('too_few_partitions')
    expect(message).toContain(
      'kafka-topics.sh --bootstrap-server kafka:9092 --alter --topic rooms.state --partitions 4',
    )
  })
})

test('topics that could have more replicas are used, with a warning', async () => {
  const brokers = fakeBrokers()
  await ensureTopics(brokers, OPTIONS)
  for (const topic of brokers.topics.values()) {
    topic.replicas = 1
    topic.settings = { ...topic.settings, 'min.insync.replicas': '1' }
  }
  const { warnings } = await ensureTopics(brokers, OPTIONS)
  expect(warnings.map(({ of, setting }) => [of, setting])).toEqual([
    [{ topic: 'rooms.log' }, 'replicas'],
    [{ topic: 'rooms.state' }, 'replicas'],
  ])
})

test('a broker that does not answer at once is asked again', async () => {
  const brokers = fakeBrokers()
  let failures = 2
  const shaky = {
    ...brokers,
    brokerSettings: () => (failures-- > 0 ? Promise.reject(new Error('away')) : Promise.resolve(BROKER)),
  }
  expect((await ensureTopics(shaky, OPTIONS)).shards).toBe(4)
})
