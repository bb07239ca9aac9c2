import { randomBytes } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, beforeAll, describe } from 'vitest'
import type { Bus } from '../../packages/server/src/bus/bus.ts'
import { busContract } from '../../packages/server/src/bus/bus-contract.ts'
import { kafkaBus } from '../../packages/server/src/bus/kafka/kafka-bus.ts'
import { systemScheduler } from '../../packages/server/src/clock.ts'
import { kafkaOrSkip, startBroker, type TestBroker } from '../support/broker.ts'

describe.runIf(await kafkaOrSkip())('a real broker', () => {
  let broker: TestBroker
  beforeAll(async () => {
    broker = await startBroker()
  })
  afterAll(() => broker.stop())

  busContract('Kafka', async () => {
    const topicPrefix = `contract-${randomBytes(6).toString('hex')}`
    const open: Bus[] = []
    return {
      async open() {
        const bus = await kafkaBus({
          brokers: [broker.brokers],
          shards: 4,
          longestTtlMs: 300_000,
          topicPrefix,
          secret: Buffer.alloc(32, 1),
          clock: () => performance.now(),
          scheduler: systemScheduler,
          random: randomBytes,
          trouble: () => undefined,
        })
        open.push(bus)
        return bus
      },
      wait: () => pause(5),
      async close() {
        await Promise.all(open.map((bus) => bus.close()))
      },
    }
  })
})
