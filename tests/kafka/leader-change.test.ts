import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { kafkajsDriver } from '../../packages/server/src/bus/kafka/kafkajs/driver.ts'
import { platformaticDriver } from '../../packages/server/src/bus/kafka/platformatic/driver.ts'
import { kafkaOrSkip, startBroker, type TestBroker } from '../support/broker.ts'
import { openDriver, soon, testFollower } from '../support/kafka-driver.ts'

describe.runIf(await kafkaOrSkip())('three brokers of which one dies', () => {
  let brokers: TestBroker
  beforeAll(async () => {
    brokers = await startBroker({ nodes: 3, settings: { 'offsets.topic.replication.factor': 3 } })
  })
  afterAll(() => brokers.stop())

  test.each([
    ['@platformatic/kafka', platformaticDriver],
    ['KafkaJS', kafkajsDriver],
  ])(
    'through %s, what it led is written and read at the next leader, and nothing is lost or repeated',
    async (_, makeDriver) => {
      const driver = openDriver(makeDriver, brokers.brokers)
      const topic = `topic-${randomBytes(6).toString('hex')}`
      const confirmed: string[] = []
      let tries = 0

      /** Each try says something else: what was not confirmed may have been appended. */
      async function append(): Promise<void> {
        const value = String(tries++)
        const message = { topic, partition: 0, key: Buffer.from('key'), value: Buffer.from(value) }
        expect(await driver.append([message])).toEqual([])
        confirmed.push(value)
      }

      await driver.createTopic(topic, 1, 3, { 'min.insync.replicas': '2' })
      await soon(async () => expect((await driver.cluster([topic])).topics.get(topic)?.leaders[0]).toBeGreaterThan(0))
      const leader = driver.leaderOf(topic, 0) ?? Number.NaN
      const reader = testFollower(topic, 0, 0)
      driver.follow(reader)
      await soon(append)
      await soon(() => expect(reader.heard).toEqual(confirmed))

      await brokers.killNode(leader)
      await soon(append)
      await soon(() => expect(reader.heard).toContain(confirmed.at(-1)))
      await brokers.startNode(leader)
      await soon(append)
      await soon(() => expect(reader.heard).toContain(confirmed.at(-1)))
      await soon(async () => expect((await driver.cluster([topic])).topics.get(topic)?.leaders).not.toEqual([leader]))
      expect(driver.leaderOf(topic, 0)).not.toBe(leader)

      expect(reader.heard).toEqual(expect.arrayContaining(confirmed))
      expect(reader.messages).toHaveLength(reader.heard.length)
      const offsets = reader.messages.map(({ offset }) => offset)
      expect(offsets).toEqual([...new Set(offsets)].toSorted((one, other) => one - other))
      await driver.close()
    },
  )
})
