import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { kafkaOrSkip, startBroker, type TestBroker } from '../support/broker.ts'
import { startGateway, type TestGateway } from '../support/gateway.ts'
import { enter, hear, joinFrame, newRoom, say } from '../support/member.ts'
import { connect } from '../support/raw-client.ts'

const TOKEN = randomBytes(32).toString('base64url')

describe.runIf(await kafkaOrSkip())('the operator of two gateways on one Kafka', () => {
  let broker: TestBroker
  let one: TestGateway
  let other: TestGateway

  beforeAll(async () => {
    broker = await startBroker()
    const settings = {
      KAFKA_BROKERS: broker.brokers,
      WR_SECRET: randomBytes(33).toString('base64'),
      WR_ADMIN_TOKEN: TOKEN,
    }
    ;[one, other] = await Promise.all([startGateway(settings), startGateway(settings)])
  })
  afterAll(async () => {
    await Promise.all([one.kill(), other.kill()])
    await broker.stop()
  })

  async function act(at: TestGateway, path: string): Promise<number> {
    const headers = { authorization: `Bearer ${TOKEN}` }
    return (await fetch(`${at.url}/api/admin/rooms/${path}`, { method: 'POST', headers })).status
  }

  test('burns and closes at one what is everywhere, also where nobody is in the room', async () => {
    const room = newRoom()
    const ada = await enter(one.url, room)
    await say(ada, 'burn me')
    expect(await act(other, `${room}/burn`)).toBe(200)
    expect(await ada.client.next('removed')).toMatchObject({ reason: 'burned' })
    const bob = await enter(other.url, room)
    expect(bob.replayed).toEqual([])
    await say(ada, 'to both')
    await hear(bob, 'to both')
    expect(await act(other, `${room}/close`)).toBe(200)
    for (const { client } of [ada, bob]) expect(await client.closed).toMatchObject({ code: 4504 })
    for (const { url } of [one, other]) {
      const client = await connect(url, room)
      client.send(joinFrame({ create: {} }))
      expect(await client.next('error')).toMatchObject({ code: 'room_ended' })
    }
  })
})
