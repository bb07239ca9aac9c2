import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { CANARY } from '../support/canary.ts'
import { startGateway, type TestGateway } from '../support/gateway.ts'
import { enter, joinFrame, newRoom, say, sendFrame } from '../support/member.ts'
import { connect } from '../support/raw-client.ts'

const TOKEN = 'an-operators-token-of-38-characters-00'
const CONTACT = 'mailto:abuse@chat.example'

let gateway: TestGateway
beforeAll(async () => {
  gateway = await startGateway({ WR_ADMIN_TOKEN: TOKEN, WR_ABUSE_CONTACT: CONTACT, WR_TTL_MAX: '60' })
})
afterAll(() => gateway.stop())

interface Asked {
  readonly method?: string
  readonly body?: unknown
  readonly token?: string | undefined
  readonly at?: TestGateway
}

async function admin(path: string, { method = 'POST', body, token = TOKEN, at = gateway }: Asked = {}) {
  const response = await fetch(`${at.url}/api/admin/${path}`, {
    method,
    headers: {
      authorization: `Bearer ${token}`,
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  })
  return { status: response.status, headers: response.headers, answer: JSON.parse(await response.text()) }
}

const status = async (at = gateway) => (await admin('status', { method: 'GET', at })).answer

async function twoInARoom() {
  const room = newRoom()
  return { room, ada: await enter(gateway.url, room), bob: await enter(gateway.url, room) }
}

/** How a `join` that makes the room if need be is answered. */
async function join(room: string) {
  const client = await connect(gateway.url, room)
  client.send(joinFrame({ create: {} }))
  return Promise.race([client.next('welcome'), client.next('error')])
}

test('the operator burns a room that has no owner: every message leaves both screens, and no latecomer sees one', async () => {
  const { room, ada, bob } = await twoInARoom()
  const { target } = await say(ada, 'burn me')
  expect(await admin(`rooms/${room}/burn`)).toMatchObject({ status: 200, answer: { done: true } })
  for (const { client } of [ada, bob]) {
    const removed = await client.next('removed')
    expect(removed).toMatchObject({ reason: 'burned' })
    expect(removed.upTo).toBeGreaterThan(target)
  }
  await say(bob, 'after the fire')
  expect((await enter(gateway.url, room)).replayed.map(({ text }) => text)).toEqual(['after the fire'])
})

test('the operator locks a room: both are told, nobody new comes in; unlocked it is open again', async () => {
  const { room, ada, bob } = await twoInARoom()
  expect((await admin(`rooms/${room}/lock`)).status).toBe(200)
  for (const { client } of [ada, bob]) expect(await client.next('room')).toMatchObject({ locked: true })
  expect(await join(room)).toMatchObject({ code: 'room_locked' })
  await say(ada, 'those inside go on')
  expect((await admin(`rooms/${room}/unlock`)).status).toBe(200)
  expect(await join(room)).toMatchObject({ type: 'welcome' })
})

test('the operator closes a room: everybody is out and does not come back, and it cannot be made again', async () => {
  const { room, ada, bob } = await twoInARoom()
  await say(ada, 'gone with the room')
  expect((await admin(`rooms/${room}/close`)).status).toBe(200)
  for (const { client } of [ada, bob]) {
    expect(await client.next('removed')).toMatchObject({ reason: 'burned' })
    expect(await client.next('error')).toMatchObject({ code: 'room_ended' })
    expect(await client.closed).toEqual({ code: 4504, reason: 'room_ended' })
  }
  expect(await join(room)).toMatchObject({ code: 'room_ended' })
  expect(await admin(`rooms/${room}/burn`)).toMatchObject({ status: 410, answer: { error: { code: 'room_ended' } } })
})

test.each(['close', 'burn', 'lock', 'unlock'])('%s of a room that there is not is answered so', async (action) => {
  expect(await admin(`rooms/${newRoom()}/${action}`)).toMatchObject({
    status: 404,
    answer: { error: { code: 'no_such_room' } },
  })
  expect(await admin(`rooms/${CANARY}$/${action}`)).toMatchObject({
    status: 400,
    answer: { error: { code: 'bad_room' } },
  })
})

test('while a gateway is read-only new messages are refused, and it says so; afterwards they are taken again', async () => {
  const at = await startGateway({ WR_ADMIN_TOKEN: TOKEN })
  const ada = await enter(at.url, newRoom())
  const { target } = await say(ada, 'before')
  expect(await admin('read-only', { at, body: { on: true } })).toMatchObject({ status: 200, answer: { on: true } })
  const refused = sendFrame()
  ada.client.send(refused)
  expect(await ada.client.answer(refused.key)).toMatchObject({ type: 'error', code: 'not_allowed' })
  ada.client.send({ type: 'unsend', target })
  expect(await ada.client.next('removed')).toMatchObject({ targets: [target] })
  expect(await status(at)).toMatchObject({ readOnly: true })
  await admin('read-only', { at, body: { on: false } })
  await say(ada, 'after')
  expect(await status(at)).toMatchObject({ readOnly: false })
  await at.stop()
})

test('a blocked address is out and refused at the door, its sockets and its requests; unblocked it comes in again', async () => {
  const at = await startGateway({ WR_ADMIN_TOKEN: TOKEN })
  const room = newRoom()
  const members = [await enter(at.url, room), await enter(at.url, newRoom())]
  const addresses = ['127.0.0.0/8', '::1']
  for (const address of addresses)
    expect((await admin('addresses/block', { at, body: { address, seconds: 600 } })).status).toBe(200)
  for (const { client } of members) {
    expect(await client.next('error')).toMatchObject({ code: 'not_allowed' })
    expect(await client.closed).toEqual({ code: 4502, reason: 'not_allowed' })
  }
  const refused = await connect(at.url, room).catch((error: unknown) => error)
  expect(refused).toMatchObject({ status: 403 })
  for (const path of ['/', `/r/${room}`, '/api/limits']) expect((await fetch(at.url + path)).status).toBe(403)
  expect((await fetch(`${at.url}/livez`)).status).toBe(200)
  await expect.poll(() => status(at)).toMatchObject({ connections: 0, blocked: 2 })
  for (const address of addresses)
    expect((await admin('addresses/unblock', { at, body: { address } })).status).toBe(200)
  await enter(at.url, room)
  await at.stop()
})

test('a block of somebody else’s address harms nobody, and one that there is not cannot be lifted', async () => {
  const { ada } = await twoInARoom()
  const address = '203.0.113.0/24'
  expect((await admin('addresses/block', { body: { address, seconds: 5 } })).status).toBe(200)
  await say(ada, 'still here')
  expect((await admin('addresses/unblock', { body: { address } })).status).toBe(200)
  expect(await admin('addresses/unblock', { body: { address } })).toMatchObject({ status: 404 })
})

test.each([
  ['an address that is none', 'addresses/block', { address: CANARY, seconds: 5 }],
  ['no address', 'addresses/block', { seconds: 5 }],
  ['all addresses', 'addresses/block', { address: '0.0.0.0/0', seconds: 5 }],
  ['no time', 'addresses/block', { address: '203.0.113.7' }],
  ['a time of nothing', 'addresses/block', { address: '203.0.113.7', seconds: 0 }],
  ['a time with a unit', 'addresses/block', { address: '203.0.113.7', seconds: '5m' }],
  ['half a second', 'addresses/block', { address: '203.0.113.7', seconds: 0.5 }],
  ['a year', 'addresses/block', { address: '203.0.113.7', seconds: 31_536_000 }],
  ['lifting what is no address', 'addresses/unblock', { address: CANARY }],
  ['neither on nor off', 'read-only', { on: CANARY }],
  ['no body', 'read-only', undefined],
  ['a list', 'read-only', [true]],
  ['broken JSON', 'read-only', `{"on":${CANARY}`],
  ['a body that is too big', 'read-only', { on: true, more: CANARY.repeat(200) }],
])('%s is a bad request, and nothing is changed or repeated', async (_, path, body) => {
  const { status: code, answer } = await admin(path, { body })
  expect([400, 413]).toContain(code)
  expect(answer).toMatchObject({ error: { code: 'bad_request' } })
  expect(JSON.stringify(answer)).not.toContain(CANARY)
  expect(gateway.output()).not.toContain(CANARY)
  expect(await status()).toMatchObject({ readOnly: false, blocked: 0 })
})

test('the status is numbers', async () => {
  const at = await startGateway({ WR_ADMIN_TOKEN: TOKEN })
  const nothing = { connections: 0, rooms: 0, members: 0, messages: 0, bytes: 0, readOnly: false, blocked: 0 }
  expect(await status(at)).toEqual(nothing)
  const room = newRoom()
  const ada = await enter(at.url, room)
  await enter(at.url, room)
  await say(ada, 'one')
  await say(await enter(at.url, newRoom()), 'two')
  const counted = await status(at)
  expect(counted).toEqual({ ...nothing, connections: 3, rooms: 2, members: 3, messages: 2, bytes: expect.any(Number) })
  expect(counted.bytes).toBeGreaterThan(0)
  await at.stop()
})

describe('without the token', () => {
  const PATHS = [
    ['POST', `rooms/tea/close`],
    ['POST', `rooms/tea/burn`],
    ['POST', `rooms/tea/lock`],
    ['POST', `rooms/tea/unlock`],
    ['POST', 'addresses/block'],
    ['POST', 'addresses/unblock'],
    ['POST', 'read-only'],
    ['GET', 'status'],
  ] as const

  test('where there is one nothing is done; after ten wrong ones more are too many, and the right one still counts', async () => {
    const at = await startGateway({ WR_ADMIN_TOKEN: TOKEN })
    const tea = await enter(at.url, 'tea')
    const wrong = [`${TOKEN}x`, TOKEN.slice(1), '', CANARY]
    let tries = 0
    for (const [method, path] of PATHS) {
      const refused = await admin(path, { at, method, token: wrong[tries++ % wrong.length] })
      expect(refused).toMatchObject({ status: 401, answer: { error: { code: 'bad_token' } } })
      expect(refused.headers.get('www-authenticate')).toBe('Bearer')
    }
    expect((await fetch(`${at.url}/api/admin/status`)).status).toBe(401)
    await say(tea, 'still here')
    expect((await admin('status', { at, method: 'GET' })).status).toBe(200)
    await admin('status', { at, method: 'GET', token: CANARY })
    const late = await admin('status', { at, method: 'GET', token: CANARY })
    expect(late).toMatchObject({ status: 429, answer: { error: { code: 'rate_limited' } } })
    expect(late.answer.error.retryAfter).toBeGreaterThan(0)
    expect(Number(late.headers.get('retry-after'))).toBeGreaterThan(0)
    expect((await admin('status', { at, method: 'GET' })).status).toBe(200)
    expect((await admin('status', { at, method: 'GET', token: CANARY })).status).toBe(429)
    expect(at.output()).not.toContain(CANARY)
    expect(at.output()).not.toContain(TOKEN)
    await at.stop()
  })

  test('where there is none there is nothing to be found', async () => {
    const at = await startGateway()
    for (const [method, path] of PATHS)
      expect(await admin(path, { at, method })).toMatchObject({ status: 404, answer: { error: { code: 'not_found' } } })
    await at.stop()
  })
})

test('what the operator does is logged, without rooms, addresses and the token', async () => {
  const { room } = await twoInARoom()
  const acts = () => gateway.output().split('the operator acted').length
  const before = acts()
  await admin(`rooms/${room}/burn`)
  await expect.poll(acts).toBe(before + 1)
  for (const secret of [room, TOKEN, '127.0.0.1', '::1']) expect(gateway.output()).not.toContain(secret)
})

test('the page is told where abuse can be reported', async () => {
  expect(await (await fetch(`${gateway.url}/api/limits`)).json()).toMatchObject({ contact: CONTACT, ttlMax: 60 })
})

describe('rooms are in no index', () => {
  test.each(['/r/tea', '/r/tea/', '/api/limits', '/api/rooms/tea/where', '/api/nothing'])('%s', async (path) => {
    expect((await fetch(gateway.url + path)).headers.get('x-robots-tag')).toContain('noindex')
  })

  test('the home page may be', async () => {
    expect((await fetch(`${gateway.url}/`)).headers.get('x-robots-tag')).toBeNull()
  })

  test('robots.txt keeps everybody out who would not obey that', async () => {
    const response = await fetch(`${gateway.url}/robots.txt`)
    expect(response.headers.get('content-type')).toMatch(/^text\/plain/)
    const [, everybody] = (await response.text()).split('User-agent: *\n')
    expect(everybody).toContain('Disallow: /r/')
  })
})
