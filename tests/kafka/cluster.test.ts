import { Admin, ConfigResourceTypes } from '@platformatic/kafka'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { kafkaOrSkip, startBroker, type TestBroker } from '../support/broker.ts'
import { PATIENCE_MS } from '../support/inbox.ts'
import { write } from '../support/kafka-client.ts'

const TOPIC = 'room-log'

describe.runIf(await kafkaOrSkip())('two brokers for tests', () => {
  let cluster: TestBroker
  let admin: Admin
  const client = () => ({ clientId: 'test', bootstrapBrokers: cluster.brokers.split(','), retries: 0 })
  beforeAll(async () => {
    cluster = await startBroker({ nodes: 2, settings: { 'log.retention.check.interval.ms': 300_000 } })
    admin = new Admin({ ...client(), retries: 10, retryDelay: 100 })
    await admin.createTopics({ topics: [TOPIC], partitions: 2, replicas: 1 })
  })
  afterAll(async () => {
    await admin.close()
    await cluster.stop()
  })

  async function leaders(): Promise<number[]> {
    const { topics } = await admin.metadata({ topics: [TOPIC], forceUpdate: true })
    return topics.get(TOPIC)?.partitions.map(({ leader }) => leader) ?? []
  }

  test('are told what the test wants', async () => {
    const resources = [1, 2].map((id) => ({ resourceType: ConfigResourceTypes.BROKER, resourceName: String(id) }))
    const described = await admin.describeConfigs({ resources })
    const setting = described.map(
      ({ configs }) => configs.find(({ name }) => name === 'log.retention.check.interval.ms')?.value,
    )
    expect(setting).toEqual(['300000', '300000'])
  })

  test('share the partitions; when one is killed the other has its own still, and it comes back with the rest', async () => {
    const [first = 0, second = 0] = await leaders()
    expect([first, second].toSorted((a, b) => a - b)).toEqual([1, 2])
    await cluster.killNode(first)
    await write(client(), TOPIC, 'hello', 1)
    await cluster.startNode(first)
    await expect.poll(leaders, { timeout: PATIENCE_MS }).toEqual([first, second])
    await write(client(), TOPIC, 'hello', 0)
    await write(client(), TOPIC, 'hello', 1)
  })
})
