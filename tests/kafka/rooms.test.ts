import { CLOSE } from '@whisperrooms/protocol'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { kafkaOrSkip, startBroker, type TestBroker } from '../support/broker.ts'
import { startGateway, type TestGateway } from '../support/gateway.ts'
import {
  enter,
  hear,
  joinFrame,
  newRoom,
  newSecret,
  ownerHashOf,
  say,
  tellsOf,
  textsOf,
  untilBusTime,
} from '../support/member.ts'
import { connect } from '../support/raw-client.ts'

const available = await kafkaOrSkip()
const SECRET = 'what both gateways know and nobody else'

describe.runIf(available)('a room at two gateways', () => {
  let broker: TestBroker
  let one: TestGateway
  let other: TestGateway
  const start = () =>
    startGateway({ KAFKA_BROKERS: broker.brokers, WR_SECRET: SECRET, WR_TTL_MAX: '5', WR_LINGER: '1' })

  beforeAll(async () => {
    broker = await startBroker()
    ;[one, other] = await Promise.all([start(), start()])
  })
  afterAll(async () => {
    await Promise.all([one.kill(), other.kill()])
    await broker.stop()
  })

  test('made at both at once it is one, as whoever was first wanted it', async () => {
    for (let i = 0; i < 5; i++) {
      const room = newRoom()
      const [ada, bob] = await Promise.all([
        enter(one.url, room, { create: { ttl: 2 } }),
        enter(other.url, room, { create: { ttl: 3 } }),
      ])
      expect(ada.welcome.room.ttl).toBe(bob.welcome.room.ttl)
    }
  })

  test('changed at both at once it is the same at both: as whoever was last wanted it', async () => {
    const room = newRoom()
    const owner = newSecret()
    const create = { ttl: 2, ownerHash: ownerHashOf(room, owner) }
    const ada = await enter(one.url, room, { owner, create })
    const bob = await enter(other.url, room, { owner })
    ada.client.send({ type: 'set', ttl: 3 })
    bob.client.send({ type: 'set', ttl: 4 })
    const told = await Promise.all(
      [ada, bob].map(async ({ client }) => [await client.next('room'), await client.next('room')]),
    )
    expect(told[0]).toEqual(told[1])
    const [late, later] = [await enter(one.url, room), await enter(other.url, room)]
    expect(late.welcome.room.ttl).toBe(told[0]?.at(-1)?.ttl)
    expect(later.welcome.room).toEqual(late.welcome.room)
  })

  test('who is kicked, muted or made an owner at one is so at the other, and at one that comes later', async () => {
    const room = newRoom()
    const owner = newSecret()
    const [session, mutedSession, ownerSession] = [newSecret(), newSecret(), newSecret()]
    const ada = await enter(one.url, room, { owner, create: { ownerHash: ownerHashOf(room, owner) } })
    const [bob, muted, made] = await Promise.all([
      enter(other.url, room, { session }),
      enter(other.url, room, { session: mutedSession }),
      enter(other.url, room, { session: ownerSession }),
    ])
    ada.client.send({ type: 'kick', member: bob.welcome.you.id })
    expect((await bob.client.closed).code).toBe(CLOSE.kicked)
    ada.client.send({ type: 'mute', member: muted.welcome.you.id, on: true })
    ada.client.send({ type: 'role', member: made.welcome.you.id, role: 'owner' })
    await made.client.next(
      'presence',
      tellsOf(({ id, role }) => id === made.welcome.you.id && role === 'owner'),
    )
    const third = await start()
    try {
      for (const { url } of [one, other, third]) {
        const back = await connect(url, room)
        back.send(joinFrame({ session, ticket: bob.welcome.ticket }))
        expect((await back.next('error')).code).toBe('kicked')
        expect((await enter(url, room, { session: mutedSession })).welcome.you.muted).toBe(true)
        expect((await enter(url, room, { session: ownerSession })).welcome.you.role).toBe('owner')
      }
      made.client.send({ type: 'set', locked: true })
      expect((await ada.client.next('room')).by).toBe(made.welcome.you.id)
    } finally {
      await third.kill()
    }
  })

  test('what was said at one is taken back at the other, by its author and by the owner', async () => {
    const room = newRoom()
    const owner = newSecret()
    const session = newSecret()
    const ada = await enter(one.url, room, { session, create: { ownerHash: ownerHashOf(room, owner) } })
    const same = await enter(other.url, room, { session })
    const boss = await enter(other.url, room, { owner })
    for (const by of [same, boss]) {
      const { target } = await say(ada, 'taken back')
      await hear(by, 'taken back')
      by.client.send({ type: 'unsend', target })
      expect((await ada.client.next('removed')).targets).toEqual([target])
    }
  })

  test('its settings outlive its messages, also for a gateway that comes later', async () => {
    const room = newRoom()
    const owner = newSecret()
    const ada = await enter(one.url, room, { owner, create: { ttl: 3, ownerHash: ownerHashOf(room, owner) } })
    ada.client.send({ type: 'set', ttl: 4, locked: true })
    const { offset } = await ada.client.next('room')
    expect(offset).toBeGreaterThan(0)
    // Longer than the log is read back: what is left is the snapshot.
    await untilBusTime(ada, ada.welcome.now + 27_000)
    const third = await start()
    const boss = await enter(third.url, room, { owner, create: undefined })
    expect(boss.welcome.room).toMatchObject({ ttl: 4, locked: true })
    const stranger = await connect(third.url, room)
    stranger.send(joinFrame())
    expect(await stranger.next('error')).toMatchObject({ code: 'room_locked' })
    await third.kill()
  })

  test('with somebody in it at one it is not forgotten by the other, however long nothing is said', async () => {
    const room = newRoom()
    const ada = await enter(one.url, room, { create: { ttl: 4 } })
    const bob = await enter(other.url, room)
    bob.client.send({ type: 'leave' })
    // Three times what an empty room is remembered for.
    await untilBusTime(ada, ada.welcome.now + 25_000)
    const back = await enter(other.url, room, { create: undefined })
    await say(back, 'still there')
    await hear(ada, 'still there')
  })

  test('with nobody in it at either it is forgotten by both', async () => {
    const room = newRoom()
    for (const gateway of [one, other])
      (await enter(gateway.url, room, { create: { ttl: 1 } })).client.send({ type: 'leave' })
    const elsewhere = await enter(one.url, newRoom())
    await untilBusTime(elsewhere, elsewhere.welcome.now + 12_000)
    for (const gateway of [one, other]) {
      const client = await connect(gateway.url, room)
      client.send(joinFrame())
      expect(await client.next('error')).toMatchObject({ code: 'no_such_room' })
    }
  })
})

describe.runIf(available)('a shard', () => {
  let broker: TestBroker
  let one: TestGateway
  let other: TestGateway

  beforeAll(async () => {
    broker = await startBroker()
    const settings = { KAFKA_BROKERS: broker.brokers, WR_SECRET: SECRET, WR_LINGER: '1' }
    ;[one, other] = await Promise.all([startGateway(settings), startGateway(settings)])
  })
  afterAll(async () => {
    await Promise.all([one.kill(), other.kill()])
    await broker.stop()
  })

  test('in which nobody is any more is let go, and taken up again with all that is alive', async () => {
    const room = newRoom()
    const ada = await enter(one.url, room)
    await say(ada, 'alive')
    const bob = await enter(other.url, room)
    bob.client.send({ type: 'leave' })
    // It looks every five seconds, and lets go after one.
    await untilBusTime(ada, ada.welcome.now + 12_000)
    await say(ada, 'said meanwhile')
    const back = await enter(other.url, room, { create: undefined })
    expect(textsOf(back)).toEqual(['alive', 'said meanwhile'])
  })
})
