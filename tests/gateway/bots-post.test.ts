import { once } from 'node:events'
import { type IncomingMessage, request } from 'node:http'
import { connect as connectTcp } from 'node:net'
import { text as textOf } from 'node:stream/consumers'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { newToken, post, type TestBotToken } from '../support/bots.ts'
import { CANARY } from '../support/canary.ts'
import { startGateway, type TestGateway } from '../support/gateway.ts'
import { within } from '../support/inbox.ts'
import { enter, hear, newKey, newRoom, newSecret, ownerHashOf, ping, say, textsOf } from '../support/member.ts'

const POSTER: TestBotToken = { name: 'Builds', token: newToken(), rooms: ['room-*'], rights: ['post'] }
const MAKER: TestBotToken = { name: 'Maker', token: newToken(), rooms: ['*'], rights: ['post', 'create'] }
const READER: TestBotToken = { name: 'Ears', token: newToken(), rooms: ['*'], rights: ['read'] }

let gateway: TestGateway
beforeAll(async () => {
  gateway = await startGateway({ WR_BOT_TOKENS: JSON.stringify([POSTER, MAKER, READER]) })
})
afterAll(() => gateway.stop())

test('what a bot posts is acknowledged, and everybody in the room has it', async () => {
  const room = newRoom()
  const ada = await enter(gateway.url, room)
  const key = newKey()
  const posted = await post(gateway.url, room, POSTER.token, { text: 'the build is green', key, ttl: 60 })
  expect(posted.status).toBe(200)
  expect(posted.headers.get('cache-control')).toBe('no-store')
  const message = await hear(ada, 'the build is green')
  expect(message.from).toEqual({ id: expect.stringMatching(/^[\w-]{16}$/), name: 'Builds' })
  expect(posted.body).toEqual({ type: 'ack', key, target: message.offset, expires: message.expires })
  expect(message.expires - message.at).toBe(60_000)
})

test('a bot is the same member each time in one room, and another in every other', async () => {
  const rooms = [newRoom(), newRoom()]
  const ids: string[] = []
  for (const room of rooms) {
    const witness = await enter(gateway.url, room)
    for (const text of ['one', 'two']) {
      await post(gateway.url, room, POSTER.token, { text })
      ids.push((await hear(witness, text)).from.id)
    }
  }
  expect(ids[0]).toBe(ids[1])
  expect(ids[2]).toBe(ids[3])
  expect(ids[0]).not.toBe(ids[2])
})

test('P2 what is posted again under its key is said once, and acknowledged as what it was', async () => {
  const room = newRoom()
  const ada = await enter(gateway.url, room)
  const body = { text: 'once', key: newKey() }
  const first = await post(gateway.url, room, POSTER.token, body)
  const again = await post(gateway.url, room, POSTER.token, body)
  expect(again).toMatchObject({ status: 200, body: { ...first.body, duplicate: true } })
  const { target } = await say(ada, 'behind it')
  expect(target).toBeGreaterThan(Number(first.body['target']))
  expect(textsOf(ada)).toEqual(['once', 'behind it'])
})

test('a bot answers a message, and is given a key when it brings none', async () => {
  const room = newRoom()
  const ada = await enter(gateway.url, room)
  const { target } = await say(ada, 'anybody?')
  const { body } = await post(gateway.url, room, POSTER.token, { text: 'me', replyTo: target })
  expect(await hear(ada, 'me')).toMatchObject({ replyTo: target, key: body['key'] })
})

test('only a bot with the right to makes a room', async () => {
  const room = newRoom()
  expect(await post(gateway.url, room, POSTER.token, { text: 'hello' })).toMatchObject({
    status: 404,
    body: { error: { code: 'no_such_room' } },
  })
  expect((await post(gateway.url, room, MAKER.token, { text: 'hello' })).status).toBe(200)
  const ada = await enter(gateway.url, room, { create: undefined })
  expect(ada.replayed.map(({ text }) => text)).toEqual(['hello'])
  expect((await post(gateway.url, room, POSTER.token, { text: 'now' })).status).toBe(200)
})

test('a locked room is locked for bots as well', async () => {
  const room = newRoom()
  const owner = newSecret()
  const ada = await enter(gateway.url, room, { owner, create: { ownerHash: ownerHashOf(room, owner) } })
  ada.client.send({ type: 'set', locked: true })
  await ada.client.next('room')
  expect(await post(gateway.url, room, POSTER.token, { text: 'hello' })).toMatchObject({
    status: 403,
    body: { error: { code: 'room_locked' } },
  })
})

describe('is refused with a status and a code, and not repeated:', () => {
  const text = CANARY
  const latin = { 'content-type': 'application/json; charset=iso-8859-1' }

  test.each<[string, number, string, object | string, Readonly<Record<string, string>>]>([
    ['no token', 401, 'bad_token', { text }, { authorization: '' }],
    ['a wrong token', 401, 'bad_token', { text }, { authorization: `Bearer ${CANARY.padEnd(32, 'x')}` }],
    ['another scheme', 401, 'bad_token', { text }, { authorization: `Basic ${POSTER.token}` }],
    ['a bot without the right', 403, 'not_allowed', { text }, { authorization: `Bearer ${READER.token}` }],
    ['an empty text', 400, 'empty_text', { text: ' \u200b ' }, {}],
    ['a long text', 413, 'too_long', { text: text.repeat(500) }, {}],
    ['half a character', 400, 'bad_frame', { text: `${text}\ud800` }, {}],
    ['no text', 400, 'bad_frame', { key: 'key-of-nothing' }, {}],
    ['a key that is none', 400, 'bad_frame', { text, key: `${CANARY}!` }, {}],
    ['a time to live of nothing', 400, 'bad_ttl', { text, ttl: 0 }, {}],
    ['a message that is too late', 409, 'too_late', { text, before: 1 }, {}],
    ['a message from the future', 400, 'bad_before', { text, before: 9e15 }, {}],
    ['a list', 400, 'bad_frame', [text], {}],
    ['a body cut short', 400, 'bad_frame', `{"text":"${text}`, {}],
    ['no body', 400, 'bad_frame', '', {}],
    ['what is not UTF-8', 400, 'bad_frame', Buffer.from(`{"text":"${text}\xe9"}`, 'latin1'), {}],
    ['another charset', 415, 'bad_frame', { text }, latin],
    ['another type', 415, 'bad_frame', `text=${text}`, { 'content-type': 'application/x-www-form-urlencoded' }],
  ])('%s', async (_, status, code, body, headers) => {
    const room = newRoom()
    const ada = await enter(gateway.url, room)
    const posted = await post(gateway.url, room, POSTER.token, body, headers)
    expect(posted).toMatchObject({ status, body: { error: { code, message: expect.stringMatching(/\.$/) } } })
    expect(JSON.stringify(posted.body)).not.toContain(CANARY)
    expect(posted.headers.has('access-control-allow-origin')).toBe(false)
    expect(posted.headers.get('www-authenticate')).toBe(status === 401 ? 'Bearer' : null)
    await ping(ada)
    expect(textsOf(ada)).toEqual([])
    expect(gateway.output()).not.toContain(CANARY)
  })

  test.each([
    ['a room outside its own', 'lunch', POSTER, 403, 'not_allowed'],
    ['a room whose name is none', `${CANARY}%20`, MAKER, 400, 'bad_room'],
  ])('%s', async (_, room, { token }, status, code) => {
    const posted = await post(gateway.url, room, token, { text })
    expect(posted).toMatchObject({ status, body: { error: { code } } })
    expect(JSON.stringify(posted.body)).not.toContain(CANARY)
  })
})

test('a body that never comes whole is said by nobody, and harms nobody', async () => {
  const room = newRoom()
  const ada = await enter(gateway.url, room)
  const { hostname, port } = new URL(gateway.url)
  const socket = connectTcp({ host: hostname, port: Number(port) })
  socket.write(
    `POST /api/rooms/${room}/messages HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${POSTER.token}\r\n` +
      'content-type: application/json\r\ncontent-length: 100\r\n\r\n{"text":"half of it"',
  )
  await say(ada, 'meanwhile')
  socket.resume().end()
  await new Promise((resolve) => socket.once('close', resolve))
  await say(ada, 'afterwards')
  expect(textsOf(ada)).toEqual(['meanwhile', 'afterwards'])
})

test('who has no token is refused before their body is read', async () => {
  const { hostname, port } = new URL(gateway.url)
  const answered = new Promise<number | undefined>((resolve, reject) => {
    const asking = request(
      { hostname, port, method: 'POST', path: '/api/rooms/lunch/messages', headers: { 'content-length': 1_000_000 } },
      (response) => {
        resolve(response.statusCode)
        asking.destroy()
      },
    )
    asking.on('error', reject)
    asking.flushHeaders()
  })
  expect(await within(answered, 'the answer')).toBe(401)
})

test('ten megabytes are refused before they have come', async () => {
  const sending = request(`${gateway.url}/api/rooms/${newRoom()}/messages`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${POSTER.token}`,
      'content-type': 'application/json',
      'content-length': 10 * 1024 * 1024,
    },
  })
  sending.write('{"text":"')
  const [response] = (await once(sending, 'response')) as [IncomingMessage]
  const body: unknown = JSON.parse(await textOf(response))
  sending.destroy()
  expect(response.statusCode).toBe(413)
  expect(body).toMatchObject({ error: { code: 'too_long' } })
})

test.each(['OPTIONS', 'GET', 'DELETE'])(
  '%s of what can only be posted to is refused, for any origin',
  async (method) => {
    const headers = { origin: 'https://elsewhere.example', 'access-control-request-method': 'POST' }
    const response = await fetch(`${gateway.url}/api/rooms/lunch/messages`, { method, headers })
    expect(response.status).toBe(405)
    expect([...response.headers.keys()].filter((name) => name.startsWith('access-control'))).toEqual([])
  },
)
