import { randomBytes } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import type { AppendedRecord, Key, MemberId, Offset, RoomId, RoomRecord } from '@whisperrooms/protocol'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Attendance, type Bus, shardOf } from '../../packages/server/src/bus/bus.ts'
import { busContract } from '../../packages/server/src/bus/bus-contract.ts'
import type { MakeDriver } from '../../packages/server/src/bus/kafka/driver.ts'
import { kafkaBus } from '../../packages/server/src/bus/kafka/kafka-bus.ts'
import { kafkajsDriver } from '../../packages/server/src/bus/kafka/kafkajs/driver.ts'
import { platformaticDriver } from '../../packages/server/src/bus/kafka/platformatic/driver.ts'
import { systemScheduler } from '../../packages/server/src/clock.ts'
import { subscriber } from '../../packages/server/src/testing/subscriber.ts'
import { kafkaOrSkip, startBroker, type TestBroker } from '../support/broker.ts'

const newPrefix = () => `contract-${randomBytes(6).toString('hex')}`

/** Both Kafkas that an installation may have, each with the client libraries it is tried with. */
const BROKERS = [
  ['a real broker', {}, ['platformatic', 'kafkajs']],
  ['a real broker with ZooKeeper', { zookeeper: true }, ['platformatic']],
] as const
const DRIVERS = { platformatic: platformaticDriver, kafkajs: kafkajsDriver }

describe.runIf(await kafkaOrSkip()).each(BROKERS)('%s', (_, options, clients) => {
  let broker: TestBroker
  beforeAll(async () => {
    broker = await startBroker(options)
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

  for (const client of clients) busContract(`Kafka through ${client}`, harness(DRIVERS[client]))

  test.each(clients)('through %s gateways tell each other who is at them', async (client) => {
    const topicPrefix = newPrefix()
    const [one, other] = [await openBus(DRIVERS[client], topicPrefix), await openBus(DRIVERS[client], topicPrefix)]
    const room = one.keyOf('tea' as RoomId)
    const told: (Attendance | undefined)[] = []
    const attendance = (_gateway: string, of: string, said: Attendance | undefined) => {
      if (of === room) told.push(said)
    }
    other.subscribe(
      shardOf(room, other.shards),
      0,
      subscriber(() => undefined, { attendance }),
    )
    const ada = { id: 'AAAAAAAAAAAAAAAA' as MemberId, name: 'Ada', role: 'member' as const, since: 1 }
    one.putAttendance(room, { members: [ada], count: 1 })
    await expect.poll(() => told.at(-1), { timeout: 10_000 }).toEqual({ members: [ada], count: 1 })
    one.putAttendance(room, undefined)
    await expect.poll(() => told.at(-1), { timeout: 10_000 }).toBeUndefined()
    await Promise.all([one.close(), other.close()])
  })

  if (clients.length === 1) return

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
