import { once } from 'node:events'
import { type IncomingMessage, request } from 'node:http'
import { CLOSE, comesBack } from '@whisperrooms/protocol'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { failToStart, startGateway, type TestGateway } from '../support/gateway.ts'
import { within } from '../support/inbox.ts'
import { enter, hear, joinFrame, newRoom, ping, say, sendFrame } from '../support/member.ts'
import { connect, HandshakeRefused, type RawClient } from '../support/raw-client.ts'
import { frameBytes, joinedSocket, OPCODE } from '../support/raw-socket.ts'

const PROXY = { WR_TRUSTED_PROXIES: '127.0.0.0/8, ::1' }
const CAN_WAIT = expect.any(Number)

let gateway: TestGateway
beforeAll(async () => {
  gateway = await startGateway({
    ...PROXY,
    WR_RATE_MESSAGES: '10',
    WR_RATE_BURST: '20',
    WR_RATE_BYTES: '10000',
    WR_RATE_ADDRESS: '20',
    WR_RATE_ROOM: '50',
    WR_RATE_ROOMS: '3',
    WR_RATE_UPGRADES: '4',
    WR_MAX_CONNECTIONS_PER_ADDRESS: '6',
    WR_MAX_MEMBERS: '2',
    WR_MAX_ABUSE: '50',
  })
})
afterAll(() => gateway.stop())

let addresses = 0
/** Somebody whom no other test knows. */
const stranger = () => ({ headers: { 'x-forwarded-for': `203.0.113.${++addresses}` } })

/** @returns how a handshake that should be refused was. */
async function refusalOf(opened: Promise<RawClient>): Promise<{ status: number; error: unknown }> {
  const error: unknown = await opened.then(() => undefined).catch((reason: unknown) => reason)
  if (!(error instanceof HandshakeRefused)) throw new Error('the handshake was not refused')
  const body: unknown = JSON.parse(error.body)
  return { status: error.status, error: (body as { error: unknown }).error }
}

/** Sends frames at once. @returns the answers to them, by their code; `ack` for what passed. */
async function answersTo(client: RawClient, frames: readonly ReturnType<typeof sendFrame>[]) {
  for (const frame of frames) client.send(frame)
  const answers = await Promise.all(frames.map(({ key }) => client.answer(key)))
  return answers.map((answer) => (answer.type === 'ack' ? 'ack' : answer.code))
}

describe('what a connection says', () => {
  test('beyond the burst one message is refused and the others are held; sent again in time, all arrive in order', async () => {
    const room = newRoom()
    const ada = await enter(gateway.url, room, {}, stranger())
    const listener = await enter(gateway.url, room, {}, stranger())
    const frames = Array.from({ length: 24 }, (_, i) => sendFrame({ text: `${i}` }))
    const codes = await answersTo(ada.client, frames)
    expect(codes.slice(0, 20)).toEqual(Array.from({ length: 20 }, () => 'ack'))
    expect(codes.slice(20)).toEqual(['rate_limited', 'held', 'held', 'held'])
    const refused = ada.client.frames.find((frame) => frame.type === 'error')
    expect(refused).toMatchObject({ code: 'rate_limited', retryAfter: CAN_WAIT })
    await new Promise((resolve) => setTimeout(resolve, refused?.retryAfter ?? 0))
    expect(await answersTo(ada.client, frames.slice(20))).toEqual(['ack', 'ack', 'ack', 'ack'])
    await hear(listener, '23')
    const heard = listener.client.frames.flatMap((frame) => (frame.type === 'message' ? [frame.text] : []))
    expect(heard).toEqual(frames.map(({ text }) => text))
  })

  test('bytes count as well', async () => {
    const ada = await enter(gateway.url, newRoom(), {}, stranger())
    const frames = Array.from({ length: 6 }, () => sendFrame({ text: '😀'.repeat(2_000) }))
    const codes = await answersTo(ada.client, frames)
    expect(codes).toContain('rate_limited')
    expect(ada.client.frames.find((frame) => frame.type === 'error')).toMatchObject({ retryAfter: CAN_WAIT })
  })

  test('members of one address share what it may say, and others say what they like', async () => {
    const shared = stranger()
    const rooms = [newRoom(), newRoom()]
    const members = await Promise.all([...rooms, ...rooms].map((room) => enter(gateway.url, room, {}, shared)))
    const burst = () => Array.from({ length: 20 }, () => sendFrame())
    const codes = (await Promise.all(members.map(({ client }) => answersTo(client, burst())))).flat()
    const passed = codes.filter((code) => code === 'ack').length
    expect(passed).toBeGreaterThanOrEqual(40)
    expect(passed).toBeLessThan(60)
    expect(codes).toContain('rate_limited')
    await say(await enter(gateway.url, newRoom(), {}, stranger()), 'another address')
  })

  test('typing too soon, pings without end: each says when it may be again', async () => {
    const { client } = await enter(gateway.url, newRoom(), {}, stranger())
    client.send({ type: 'typing', on: true })
    client.send({ type: 'typing', on: true, re: 'typing' })
    expect(await client.next('error')).toMatchObject({ code: 'rate_limited', re: 'typing', retryAfter: CAN_WAIT })
    for (let i = 0; i < 21; i++) client.send({ type: 'ping', re: `${i}` })
    expect(await client.next('error')).toMatchObject({ code: 'rate_limited', re: '20', retryAfter: CAN_WAIT })
  })
})

describe('who comes in', () => {
  test('an address has so many connections, and when one ends another may come', async () => {
    const shared = stranger()
    const clients: RawClient[] = []
    const lounge = newRoom()
    for (let i = 0; i < 6; i++) clients.push((await enter(gateway.url, `${lounge}-${i >> 1}`, {}, shared)).client)
    expect(await refusalOf(connect(gateway.url, newRoom(), shared))).toEqual({
      status: 429,
      error: { code: 'rate_limited', message: expect.any(String), retryAfter: CAN_WAIT },
    })
    await connect(gateway.url, newRoom(), stranger())
    clients[0]?.drop()
    await expect
      .poll(() =>
        connect(gateway.url, newRoom(), shared).then(
          () => true,
          () => false,
        ),
      )
      .toBe(true)
  })

  test('connections that come too fast are told in the header when to come again', async () => {
    const shared = stranger()
    let answer: IncomingMessage | undefined
    for (let i = 0; i < 20 && answer === undefined; i++) answer = await knock(shared.headers)
    expect(answer?.statusCode).toBe(429)
    expect(Number(answer?.headers['retry-after'])).toBeGreaterThan(0)
  })

  test('an address makes so many rooms, and may enter others', async () => {
    const shared = stranger()
    const made = []
    for (let i = 0; i < 3; i++) made.push((await enter(gateway.url, newRoom(), {}, shared)).welcome.room.id)
    const client = await connect(gateway.url, newRoom(), shared)
    client.send(joinFrame({ create: {} }))
    expect(await client.next('error')).toMatchObject({ code: 'rate_limited', retryAfter: CAN_WAIT })
    expect((await client.closed).code).toBe(CLOSE.rateLimited)
    await enter(gateway.url, made[0] ?? '', {}, shared)
  })

  test('a full room takes nobody in but those who are in it', async () => {
    const room = newRoom()
    const ada = await enter(gateway.url, room, {}, stranger())
    await enter(gateway.url, room, {}, stranger())
    const client = await connect(gateway.url, room, stranger())
    client.send(joinFrame({ re: 'let-me-in' }))
    expect(await client.next('error')).toMatchObject({ code: 'room_full', re: 'let-me-in', retryAfter: CAN_WAIT })
    expect(await client.closed).toEqual({ code: CLOSE.roomFull, reason: 'room_full' })
    expect(comesBack(CLOSE.roomFull)).toBe(true)
    await enter(gateway.url, room, { session: ada.session }, stranger())
  })
})

describe('abuse', () => {
  test('nothing but broken frames ends the connection for good', async () => {
    const { client } = await enter(gateway.url, newRoom(), {}, stranger())
    for (let i = 0; i < 60; i++) client.send('{"broken')
    expect((await client.closed).code).toBe(CLOSE.protocolViolation)
  })

  test('a flood of messages ends it for a while', async () => {
    const { client } = await enter(gateway.url, newRoom(), {}, stranger())
    const { key } = sendFrame()
    for (let i = 0; i < 300; i++) client.send(sendFrame({ key: i < 20 ? newRoom() : key }))
    const { code } = await client.closed
    expect([code, comesBack(code)]).toEqual([CLOSE.rateLimited, true])
    expect(client.frames.at(-1)).toMatchObject({ type: 'error', code: 'rate_limited', retryAfter: CAN_WAIT })
  })

  test('so does a flood of pings of the WebSocket layer', async () => {
    const socket = await joinedSocket(gateway.url, newRoom(), stranger().headers)
    const pings = Buffer.concat(Array.from({ length: 50 }, () => frameBytes(OPCODE.ping, '')))
    const isClosed = () => socket.received.at(-1)?.opcode === OPCODE.close
    for (let sent = 50; sent < 1_000 && !isClosed(); sent += 50) {
      socket.write(pings)
      const answered = () => isClosed() || socket.received.filter(({ opcode }) => opcode === OPCODE.pong).length >= sent
      await expect.poll(answered, { interval: 2 }).toBe(true)
    }
    expect(await socket.closeCode()).toBe(CLOSE.rateLimited)
    socket.destroy()
  })

  test('a message in too many fragments is not put together', async () => {
    const socket = await joinedSocket(gateway.url, newRoom(), stranger().headers)
    const fragment = frameBytes(OPCODE.continuation, 'x', { fin: false })
    socket.write(
      Buffer.concat([frameBytes(OPCODE.text, '{', { fin: false }), ...Array.from({ length: 300 }, () => fragment)]),
    )
    expect(await socket.closeCode()).toBe(1008)
    socket.destroy()
  })
})

describe('a proxy that lies', () => {
  test('without trusted proxies everybody is who they connect as', async () => {
    const alone = await startGateway({ WR_MAX_CONNECTIONS_PER_ADDRESS: '2' })
    await connect(alone.url, newRoom(), stranger())
    await connect(alone.url, newRoom(), stranger())
    expect(await refusalOf(connect(alone.url, newRoom(), stranger()))).toMatchObject({ status: 429 })
    expect(alone.output().match(/WR_TRUSTED_PROXIES/g)).toHaveLength(1)
    expect(alone.output()).not.toContain('203.0.113')
    await alone.stop()
  })

  test.each([
    ['what the client put in front', (i: number) => `198.51.100.${i}, 203.0.113.200`],
    ['garbage in front', (i: number) => `${'x'.repeat(i)}, , "', 203.0.113.201`],
    ['another host of the same /64', (i: number) => `2001:db8:7:7::${i}`],
    ['another port', (i: number) => `203.0.113.202:${1_000 + i}`],
  ])('%s makes nobody another one', async (_, header) => {
    for (let i = 1; i <= 6; i++) await connect(gateway.url, newRoom(), { headers: { 'x-forwarded-for': header(i) } })
    const seventh = connect(gateway.url, newRoom(), { headers: { 'x-forwarded-for': header(7) } })
    expect(await refusalOf(seventh)).toMatchObject({ status: 429 })
  })
})

describe('memory', () => {
  test('beyond WR_MEMORY_LIMIT neither messages nor rooms are taken in, nothing is lost, and it passes', async () => {
    const small = await startGateway({ WR_MEMORY_LIMIT: '300000' })
    const room = newRoom()
    const [ada, bob] = [await enter(small.url, room, { create: { ttl: 8 } }), await enter(small.url, room)]
    const sent: string[] = []
    let refused: Awaited<ReturnType<RawClient['answer']>> | undefined
    let last = sendFrame()
    while (refused === undefined) {
      last = sendFrame({ text: `${sent.length}`.padEnd(4_000, '.') })
      ada.client.send(last)
      const answer = await ada.client.answer(last.key)
      if (answer.type === 'error') refused = answer
      else sent.push(last.key)
    }
    expect(refused).toMatchObject({ code: 'server_full', retryAfter: CAN_WAIT })
    const newcomer = await connect(small.url, newRoom())
    newcomer.send(joinFrame({ create: {} }))
    expect(await newcomer.next('error')).toMatchObject({ code: 'server_full', retryAfter: CAN_WAIT })
    expect((await newcomer.closed).code).toBe(CLOSE.serverFull)
    await ping(bob)
    expect(bob.client.frames.flatMap((frame) => (frame.type === 'message' ? [frame.key] : []))).toEqual(sent)
    await expect
      .poll(
        async () => {
          ada.client.send(last)
          return (await ada.client.answer(last.key)).type
        },
        { timeout: 15_000, interval: 500 },
      )
      .toBe('ack')
    await small.stop()
  })
})

test('connections of all have a limit too', async () => {
  const small = await startGateway({ WR_MAX_CONNECTIONS: '1' })
  await connect(small.url, newRoom())
  expect(await refusalOf(connect(small.url, newRoom()))).toMatchObject({
    status: 503,
    error: { code: 'server_full', retryAfter: CAN_WAIT },
  })
  await small.stop()
})

test('a weak secret does not go into production', async () => {
  const { code, output } = await failToStart({ NODE_ENV: 'production', WR_SECRET: 'a'.repeat(64) })
  expect(code).not.toBe(0)
  expect(output).toContain('WR_SECRET must be random')
  expect(output).not.toContain('aaaa')
})

/** Asks for an upgrade. @returns the answer when it is refused. */
async function knock(headers: Readonly<Record<string, string>>): Promise<IncomingMessage | undefined> {
  const asking = request(`${gateway.url}/ws/${newRoom()}`, {
    headers: {
      ...headers,
      connection: 'upgrade',
      upgrade: 'websocket',
      'sec-websocket-version': '13',
      'sec-websocket-key': 'AAAAAAAAAAAAAAAAAAAAAA==',
    },
  })
  const { promise, resolve } = Promise.withResolvers<IncomingMessage | undefined>()
  asking.on('upgrade', (_, socket) => {
    socket.destroy()
    resolve(undefined)
  })
  asking.on('response', (response) => {
    response.resume()
    resolve(response)
  })
  asking.end()
  await within(once(asking, 'finish'), 'the request')
  return within(promise, 'the answer')
}
