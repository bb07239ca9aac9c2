import { randomBytes } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import type { AppendedRecord, Key, MemberId, Offset, RoomId, RoomRecord } from '@whisperrooms/protocol'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Bus, shardOf } from '../../packages/server/src/bus/bus.ts'
import { busContract } from '../../packages/server/src/bus/bus-contract.ts'
import type { MakeDriver } from '../../packages/server/src/bus/kafka/driver.ts'
import { kafkaBus } from '../../packages/server/src/bus/kafka/kafka-bus.ts'
import { kafkajsDriver } from '../../packages/server/src/bus/kafka/kafkajs/driver.ts'
import { platformaticDriver } from '../../packages/server/src/bus/kafka/platformatic/driver.ts'
import { systemScheduler } from '../../packages/server/src/clock.ts'
import { subscriber } from '../../packages/server/src/testing/subscriber.ts'
import { kafkaOrSkip, startBroker, type TestBroker } from '../support/broker.ts'

const newPrefix = () => `contract-${randomBytes(6).toString('hex')}`

describe.runIf(await kafkaOrSkip())('a real broker', () => {
  let broker: TestBroker
  beforeAll(async () => {
    broker = await startBroker()
  })
  afterAll(() => broker.stop())

  const openBus = (makeDriver: MakeDriver, topicPrefix: string): Promise<Bus> =>
    kafkaBus({
      makeDriver,
      brokers: [broker.brokers],
      connection: { tls: undefined, sasl: undefined },
      shards: 4,
      longestTtlMs: 300_000,
      topicPrefix,
      secret: Buffer.alloc(32, 1),
      clock: () => performance.now(),
      scheduler: systemScheduler,
      random: randomBytes,
      trouble: () => undefined,
    })

  const harness = (makeDriver: MakeDriver) => async () => {
    const topicPrefix = newPrefix()
    const open: Bus[] = []
    return {
      async open() {
        const bus = await openBus(makeDriver, topicPrefix)
        open.push(bus)
        return bus
      },
      wait: () => pause(5),
      async close() {
        await Promise.all(open.map((bus) => bus.close()))
      },
    }
  }

  busContract('Kafka', harness(platformaticDriver))
  busContract('Kafka through KafkaJS', harness(kafkajsDriver))

  test('gateways with one client library and with the other are in one epoch, and hear each other', async () => {
    const topicPrefix = newPrefix()
    const buses = [await openBus(platformaticDriver, topicPrefix), await openBus(kafkajsDriver, topicPrefix)]
    const readers = buses.map((bus) => follow(bus, 'tea'))
    for (const [from, bus] of buses.entries())
      expect(await bus.publish([said(bus, 'tea', `key-of-${from}`)])).toEqual([])
    for (const records of readers) await expect.poll(() => records.length).toBe(2)
    const [first, second] = readers.map((records) =>
      records.map(({ record: { key }, offset, at }) => [key, offset, at]),
    )
    expect(second).toEqual(first)
    expect(buses[1]?.epoch()).toBe(buses[0]?.epoch())
    for (const bus of buses) await expect.poll(() => bus.isReady()).toBe(true)
    await Promise.all(buses.map((bus) => bus.close()))
  })
})

const said = (bus: Bus, room: string, key: string): RoomRecord => ({
  v: 1,
  kind: 'message',
  room: bus.keyOf(room as RoomId),
  key: key as Key,
  member: 'AAAAAAAAAAAAAAAA' as MemberId,
  as: 'member',
  joined: 0 as Offset,
  ttl: 120,
  notAfter: 2 ** 52,
  body: Buffer.from('{"from":{"id":"AAAAAAAAAAAAAAAA","name":"Ada"},"text":"hello"}'),
})

function follow(bus: Bus, room: string): readonly AppendedRecord[] {
  const records: AppendedRecord[] = []
  const taking = subscriber((batch) => {
    records.push(...batch)
    return undefined
  })
  bus.subscribe(shardOf(bus.keyOf(room as RoomId), bus.shards), 0, taking)
  return records
}
