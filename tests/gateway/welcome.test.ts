import { hash } from 'node:crypto'
import { LIMITS, memberPreimage } from '@whisperrooms/protocol'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startGateway, type TestGateway } from '../support/gateway.ts'
import { enter, hear, joinFrame, newRoom, newSecret, ownerHashOf, ping, say } from '../support/member.ts'
import { connect } from '../support/raw-client.ts'

let gateway: TestGateway
beforeAll(async () => {
  gateway = await startGateway({ WR_TTL_MAX: '60', WR_TTL_DEFAULT: '30' })
})
afterAll(() => gateway.stop())

test('whoever makes a room is welcomed to it, and then it is live', async () => {
  const room = newRoom()
  const { client, session, welcome, live } = await enter(gateway.url, room, { name: '  Zoë  ' })
  expect(client.frames.slice(0, 2)).toEqual([welcome, live])
  const id = hash('sha256', memberPreimage(room, session), 'base64url').slice(0, 16)
  expect(welcome).toEqual({
    type: 'welcome',
    protocol: 1,
    features: ['react', 'kick', 'mute', 'role', 'invite', 'close'],
    you: { id, name: 'Zoë', role: 'member' },
    ticket: expect.stringMatching(/./),
    room: { id: room, ttl: 30, history: 'live', locked: false, listed: false, sealed: false },
    members: [{ id, name: 'Zoë', role: 'member' }],
    count: 1,
    cursor: { epoch: expect.any(String), offset: expect.any(Number) },
    now: expect.any(Number),
    limits: {
      text: 4_000,
      textBytes: 12_288,
      frame: 65_536,
      name: 32,
      ttlMin: 1,
      ttlMax: 60,
      ttlDefault: 30,
      heartbeat: LIMITS.heartbeatMs,
      typing: 3_000,
      replay: 500,
      resume: 5_000,
      inFlight: LIMITS.inFlightFrames,
    },
  })
  expect(live).toEqual({ type: 'live', cursor: welcome.cursor, recovered: false, missed: null, more: false })
})

test('a newcomer gets the living messages between welcome and live, in order', async () => {
  const room = newRoom()
  const first = await enter(gateway.url, room)
  for (const text of ['one', 'two', 'three']) await say(first, text)
  const { client, welcome, live, replayed } = await enter(gateway.url, room)
  expect(client.frames.slice(0, 5).map(({ type }) => type)).toEqual([
    'welcome',
    'message',
    'message',
    'message',
    'live',
  ])
  expect(replayed.map(({ text }) => text)).toEqual(['one', 'two', 'three'])
  expect(welcome.cursor.offset).toBeLessThan(replayed[0]?.offset ?? -1)
  expect(live.cursor).toEqual({ epoch: welcome.cursor.epoch, offset: replayed[2]?.offset })
  expect(welcome.count).toBe(2)
})

test('a newcomer to a room of more than 500 messages gets the newest 500, and loads the others page by page', async () => {
  const room = newRoom()
  const first = await enter(gateway.url, room)
  await Promise.all(Array.from({ length: 620 }, (_, i) => say(first, `message ${i}`)))
  const { client, live, replayed } = await enter(gateway.url, room)
  expect(live.more).toBe(true)
  expect(replayed.map(({ text }) => text)).toEqual(Array.from({ length: 500 }, (_, i) => `message ${i + 120}`))

  const older: string[] = []
  let before: number = replayed[0]?.offset ?? -1
  let more = true
  while (more) {
    const from = client.frames.length
    client.send({ type: 'load', before })
    const loaded = await client.next('loaded')
    const page = client.frames.slice(from, client.frames.indexOf(loaded)).filter((frame) => frame.type === 'message')
    expect(page.length).toBeLessThanOrEqual(LIMITS.loadFrames)
    expect(loaded.before).toBe(page[0]?.offset)
    older.unshift(...page.map(({ text }) => text))
    before = loaded.before
    more = loaded.more
  }
  expect(older).toEqual(Array.from({ length: 120 }, (_, i) => `message ${i}`))
})

test('loaded messages are the stored frames, unchanged', async () => {
  const room = newRoom()
  const first = await enter(gateway.url, room)
  await say(first, 'as it was')
  const original = await hear(first, 'as it was')
  first.client.send({ type: 'load', before: original.offset + 1 })
  expect(await hear(first, 'as it was')).toEqual(original)
  expect((await first.client.next('loaded')).before).toBe(original.offset)
})

test('a room’s history of `none` shows a newcomer nothing, neither at the door nor by loading', async () => {
  const room = newRoom()
  const first = await enter(gateway.url, room, { create: { history: 'none' } })
  const { target } = await say(first, 'before you came')
  const late = await enter(gateway.url, room)
  expect(late.replayed).toEqual([])
  expect(late.live).toMatchObject({ recovered: false, missed: null, more: false })
  await say(first, 'after you came')
  await hear(late, 'after you came')
  late.client.send({ type: 'load', before: target + 1 })
  expect(await late.client.next('loaded')).toMatchObject({ more: false })
  late.client.send({ type: 'load', before: Number.MAX_SAFE_INTEGER })
  await late.client.next('loaded')
  expect(late.client.frames.filter((frame) => frame.type === 'message' && frame.text === 'before you came')).toEqual([])
})

test('of two who make the same room at once, the first is its owner and the second is welcomed to it', async () => {
  const room = newRoom()
  const clients = await Promise.all(Array.from({ length: 8 }, () => connect(gateway.url, room)))
  const welcomes = await Promise.all(
    clients.map((client, i) => {
      const owner = newSecret()
      client.send(joinFrame({ owner, create: { ttl: 10 + i, ownerHash: ownerHashOf(room, owner) } }))
      return client.next('welcome')
    }),
  )
  const [ttl] = welcomes.map((welcome) => welcome.room.ttl)
  expect(welcomes.map((welcome) => welcome.room)).toEqual(welcomes.map(() => welcomes[0]?.room))
  expect(welcomes.filter(({ you }) => you.role === 'owner').map((_, i) => i)).toHaveLength(1)
  expect(welcomes.findIndex(({ you }) => you.role === 'owner')).toBe((ttl ?? 0) - 10)
})

test('a ping is answered with the time, the place, how far the log was read, and no ticket while the last is fresh', async () => {
  const member = await enter(gateway.url, newRoom())
  const { target } = await say(member, 'hello')
  const pong = await ping(member)
  expect(pong).toEqual({
    type: 'pong',
    now: expect.any(Number),
    cursor: { epoch: member.welcome.cursor.epoch, offset: expect.any(Number) },
    read: expect.any(Number),
  })
  expect(pong.cursor.offset).toBeGreaterThanOrEqual(target)
  expect(pong.now).toBeGreaterThanOrEqual(member.welcome.now)
  expect(pong.read).toBeGreaterThan(member.welcome.now - 1_000)
  expect(pong.read).toBeLessThanOrEqual(pong.now)
})

test('a quiet room’s cursor does not grow old: it follows what is said elsewhere', async () => {
  const quiet = await enter(gateway.url, newRoom())
  const { target } = await say(await enter(gateway.url, newRoom()), 'elsewhere')
  expect((await ping(quiet)).cursor.offset).toBeGreaterThanOrEqual(target)
})
