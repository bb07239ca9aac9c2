import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { CANARY, expectNoEcho } from '../support/canary.ts'
import { startGateway, type TestGateway } from '../support/gateway.ts'
import {
  enter,
  hear,
  joinFrame,
  newRoom,
  newSecret,
  ownerHashOf,
  ping,
  placeOf,
  say,
  textsOf,
  untilBusTime,
} from '../support/member.ts'
import { connect } from '../support/raw-client.ts'

let gateway: TestGateway
beforeAll(async () => {
  gateway = await startGateway()
})
afterAll(() => gateway.stop())

test.concurrent('whoever loses the connection and comes back gets everything that is still alive, once', async () => {
  const room = newRoom()
  const stayed = await enter(gateway.url, room)
  const lost = await enter(gateway.url, room)
  await say(stayed, 'seen')
  await hear(lost, 'seen')
  const place = await placeOf(lost)
  lost.client.drop()
  await say(stayed, 'one')
  await say(stayed, 'two')
  const back = await enter(gateway.url, room, { session: lost.session, ...place })
  expect(back.replayed.map(({ text }) => text)).toEqual(['one', 'two'])
  expect(back.live).toMatchObject({ recovered: true, missed: 0, more: false })
  expect(back.welcome.cursor).toEqual(place.cursor)
  expect(back.welcome.you.id).toBe(lost.welcome.you.id)
  await say(stayed, 'three')
  await hear(back, 'three')
  expect(textsOf(back)).toEqual(['one', 'two', 'three'])
})

test.concurrent('whoever comes back is told exactly how many messages of others vanished meanwhile', async () => {
  const room = newRoom()
  const stayed = await enter(gateway.url, room, { create: { ttl: 1 } })
  const lost = await enter(gateway.url, room)
  await say(stayed, 'seen')
  await hear(lost, 'seen')
  const place = await placeOf(lost)
  lost.client.drop()

  for (const text of ['missed one', 'missed two', 'missed three']) await say(stayed, text)
  const { target } = await say(stayed, 'unsent, so not missed')
  stayed.client.send({ type: 'unsend', target })
  await stayed.client.next('removed')
  const otherTab = await enter(gateway.url, room, { session: lost.session })
  const { expires } = await say(otherTab, 'my own, so not missed')
  await untilBusTime(stayed, expires)
  await say(stayed, 'alive')

  const back = await enter(gateway.url, room, { session: lost.session, ...place })
  expect(back.replayed.map(({ text }) => text)).toEqual(['alive'])
  expect(back.live).toMatchObject({ recovered: true, missed: 3 })
})

test.concurrent('a burned message is not counted as missed', async () => {
  const room = newRoom()
  const owner = newSecret()
  const keeper = await enter(gateway.url, room, { owner, create: { ownerHash: ownerHashOf(room, owner) } })
  const lost = await enter(gateway.url, room)
  const place = await placeOf(lost)
  lost.client.drop()
  await say(keeper, 'burned')
  keeper.client.send({ type: 'burn' })
  await keeper.client.next('removed')
  const back = await enter(gateway.url, room, { session: lost.session, ...place })
  expect(back.replayed).toEqual([])
  expect(back.live).toMatchObject({ recovered: true, missed: 0 })
  expect(back.client.frames.filter(({ type }) => type === 'removed')).toHaveLength(1)
})

test.concurrent('a newcomer sees only what is alive, with the deadline it always had', async () => {
  const room = newRoom()
  const first = await enter(gateway.url, room, { create: { ttl: 20 } })
  const short = await say(first, { text: 'short', ttl: 1 })
  const long = await say(first, { text: 'long' })
  const original = await hear(first, 'long')
  await untilBusTime(first, short.expires)
  const late = await enter(gateway.url, room)
  expect(late.replayed).toEqual([original])
  expect(late.replayed[0]?.expires).toBe(long.expires)
  expect(late.live).toMatchObject({ recovered: false, missed: null })
  late.client.send({ type: 'load', before: long.target })
  expect(await late.client.next('loaded')).toMatchObject({ more: false })
  expect(textsOf(late)).toEqual(['long'])
})

test.concurrent('everything vanishes in the order of its deadlines, not of its sending', async () => {
  const room = newRoom()
  const first = await enter(gateway.url, room, { create: { ttl: 20 } })
  await say(first, { text: 'stays 1' })
  const short = await say(first, { text: 'goes', ttl: 1 })
  await say(first, { text: 'stays 2' })
  await untilBusTime(first, short.expires)
  const late = await enter(gateway.url, room)
  expect(late.replayed.map(({ text }) => text)).toEqual(['stays 1', 'stays 2'])
})

describe.concurrent('a made-up or foreign place to come back to is ignored, never an error', () => {
  test.each([
    ['a cursor of another epoch', { cursor: { epoch: CANARY, offset: 5 } }],
    ['a cursor far beyond the log', { offset: Number.MAX_SAFE_INTEGER }],
    ['a ticket that is none', { ticket: CANARY }],
    ['a ticket with a made-up proof', { ticket: `${CANARY}.0.zzzzzzzz..AAAAAAAAAAAAAAAAAAAAAA` }],
    ['an empty ticket', { ticket: '' }],
    ['a ticket of dots', { ticket: '.'.repeat(4_000) }],
  ] as const)('%s', async (_, fields) => {
    const room = newRoom()
    const first = await enter(gateway.url, room)
    await say(first, 'alive')
    const { epoch } = first.welcome.cursor
    const place = 'offset' in fields ? { cursor: { epoch, offset: fields.offset } } : fields
    const { client, live, replayed } = await enter(gateway.url, room, place)
    expect(replayed.map(({ text }) => text)).toEqual(['alive'])
    expect(live).toMatchObject({ recovered: false, missed: null })
    expectNoEcho(gateway, client)
    await say({ client }, 'and on')
    await hear(first, 'and on')
  })

  async function roomWithoutHistory() {
    const room = newRoom()
    const first = await enter(gateway.url, room, { create: { history: 'none' } })
    const member = await enter(gateway.url, room)
    const place = await placeOf(member)
    await say(first, 'for those who were here')
    return { room, first, member, place }
  }

  test('where there is no history, a valid ticket brings what came since, and only that', async () => {
    const { room, member, place } = await roomWithoutHistory()
    member.client.drop()
    const cursor = { ...place.cursor, offset: -1 }
    const back = await enter(gateway.url, room, { session: member.session, ticket: place.ticket, cursor })
    expect(back.replayed.map(({ text }) => text)).toEqual(['for those who were here'])
  })

  test.each([
    ['no ticket', async () => undefined],
    [
      'a ticket of this member for another room',
      async (session: string) => (await enter(gateway.url, newRoom(), { session })).welcome.ticket,
    ],
    ['a ticket with a later expiry', async (_: string, ticket: string) => ticket.replace(/^((?:[^.]*\.){2})/, '$1z')],
    [
      'a ticket with an earlier `joined`',
      async (_: string, ticket: string) => ticket.replace(/^([^.]*)\.[^.]*/, '$1.0'),
    ],
    ['half a ticket', async (_: string, ticket: string) => ticket.slice(0, -4)],
  ])('where there is no history, %s brings nothing', async (_, ticketFor) => {
    const { room, member, place } = await roomWithoutHistory()
    const ticket = await ticketFor(member.session, place.ticket)
    const fields = { session: member.session, cursor: place.cursor, ...(ticket === undefined ? {} : { ticket }) }
    const { replayed, live } = await enter(gateway.url, room, fields)
    expect(replayed).toEqual([])
    expect(live).toMatchObject({ recovered: false, missed: null })
  })

  test('where there is no history, somebody else’s ticket brings nothing', async () => {
    const { room, place } = await roomWithoutHistory()
    const thief = await enter(gateway.url, room, { ...place })
    expect(thief.replayed).toEqual([])
    expect(thief.live).toMatchObject({ recovered: false, missed: null })
  })

  test('a cursor from before the first entry does not make a newcomer somebody who comes back', async () => {
    const room = newRoom()
    const first = await enter(gateway.url, room, { create: { ttl: 1 } })
    const { expires } = await say(first, 'long gone')
    await untilBusTime(first, expires)
    const { epoch } = first.welcome.cursor
    const { live } = await enter(gateway.url, room, { cursor: { epoch, offset: -1 } })
    expect(live).toMatchObject({ recovered: false, missed: null })
  })
})

test.concurrent('after a restart a ticket and a cursor of before are no error: the room is made anew', async () => {
  const secret = 'a secret of the operator, long enough'
  const before = await startGateway({ WR_SECRET: secret })
  const room = newRoom()
  const member = await enter(before.url, room)
  const place = await placeOf(member)
  await before.stop()

  const after = await startGateway({ WR_SECRET: secret })
  const unknown = await connect(after.url, room)
  unknown.send(joinFrame({ session: member.session, ...place }))
  expect((await unknown.next('error')).code).toBe('no_such_room')
  const back = await enter(after.url, room, { session: member.session, ...place })
  expect(back.welcome.you.id).toBe(member.welcome.you.id)
  expect(back.welcome.cursor.epoch).not.toBe(place.cursor.epoch)
  expect(back.live).toMatchObject({ recovered: false, missed: null })
  await ping(back)
  await after.stop()
})
