import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { kafkaOrSkip, startBroker, type TestBroker } from '../support/broker.ts'
import { startGateway, type TestGateway } from '../support/gateway.ts'
import { enter, hear, newRoom, placeOf, say, textsOf } from '../support/member.ts'

const SECRET = 'what both gateways know and nobody else'

describe.runIf(await kafkaOrSkip())('two gateways on one Kafka', () => {
  let broker: TestBroker
  let one: TestGateway
  let other: TestGateway

  beforeAll(async () => {
    broker = await startBroker()
  })
  afterAll(() => broker.stop())
  beforeEach(async () => {
    const settings = { KAFKA_BROKERS: broker.brokers, WR_SECRET: SECRET }
    ;[one, other] = await Promise.all([startGateway(settings), startGateway(settings)])
  })
  afterEach(() => Promise.all([one.kill(), other.kill()]))

  test('P3 what is said on one is heard on the other, at the same place and until the same instant', async () => {
    const room = newRoom()
    const ada = await enter(one.url, room, { name: 'Ada' })
    const bob = await enter(other.url, room, { name: 'Bob' })
    await say(ada, 'from the one')
    await say(bob, 'from the other')
    for (const text of ['from the one', 'from the other']) expect(await hear(ada, text)).toEqual(await hear(bob, text))
    expect(textsOf(ada)).toEqual(textsOf(bob))
  })

  test('P2 a message sent again through the other gateway is shown once', async () => {
    const room = newRoom()
    const ada = await enter(one.url, room)
    const watcher = await enter(one.url, room)
    const elsewhere = await enter(other.url, room, { session: ada.session })
    const message = { key: 'key-of-both', text: 'once' }
    const first = await say(ada, message)
    await hear(elsewhere, 'once')
    expect(await say(elsewhere, message)).toMatchObject({ target: first.target, duplicate: true })
    await say(ada, 'behind it')
    await hear(watcher, 'behind it')
    expect(textsOf(watcher)).toEqual(['once', 'behind it'])
  })

  test('P1 when a gateway is killed its members go on at the other, and nothing is lost', async () => {
    const room = newRoom()
    const ada = await enter(one.url, room, { name: 'Ada' })
    const bob = await enter(other.url, room, { name: 'Bob' })
    await say(bob, 'before')
    await hear(ada, 'before')
    const place = await placeOf(ada)
    await one.kill()
    await say(bob, 'meanwhile')
    const back = await enter(other.url, room, { session: ada.session, ...place })
    expect(back.live).toMatchObject({ recovered: true, missed: 0 })
    expect(back.replayed.map(({ text }) => text)).toEqual(['meanwhile'])
  })

  test('a gateway that comes later knows the room and all that is alive in it', async () => {
    const room = newRoom()
    const ada = await enter(one.url, room, { name: 'Ada' })
    await say(ada, 'said before the third came')
    const third = await startGateway({ KAFKA_BROKERS: broker.brokers, WR_SECRET: SECRET })
    const cy = await enter(third.url, room, { create: undefined })
    expect(textsOf(cy)).toEqual(['said before the third came'])
    await third.kill()
  })

  test('P6 no room’s name is on the broker', async () => {
    const room = newRoom()
    const ada = await enter(one.url, room)
    await say(ada, 'canary in the log')
    const files = readdirSync(broker.logDir, { recursive: true, encoding: 'utf8' }).filter((file) =>
      file.endsWith('.log'),
    )
    const written = Buffer.concat(files.map((file) => readFileSync(join(broker.logDir, file))))
    expect(written.includes('canary in the log')).toBe(true)
    expect(written.includes(room)).toBe(false)
  })
})
