import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { newToken, post, type TestBotToken } from '../support/bots.ts'
import { startGateway, type TestGateway } from '../support/gateway.ts'
import { enter, hear, newRoom } from '../support/member.ts'
import { codeOf, exchange, openRawHttp, parseResponse, type RawResponse } from '../support/raw-http.ts'
import { scrape } from '../support/scrape.ts'
import { until } from '../support/until.ts'

const ADMIN = 'k9QvX3mWz7LpR2tYb8NcD5fHj4GsA6eU0iOq'
const METRICS = newToken()
const BOT: TestBotToken = { name: 'Builds', token: newToken(), rooms: ['*'], rights: ['read', 'post', 'create'] }
const UPGRADE = 'connection: upgrade\r\nupgrade: websocket\r\n'
const KEY = `sec-websocket-key: ${randomBytes(16).toString('base64')}\r\n`

let gateway: TestGateway
beforeAll(async () => {
  gateway = await startGateway({
    WR_METRICS_TOKEN: METRICS,
    WR_ADMIN_TOKEN: ADMIN,
    WR_BOT_TOKENS: JSON.stringify([BOT]),
    WR_TRUSTED_PROXIES: '127.0.0.0/8, ::1',
  })
})
afterAll(() => gateway.stop())

async function refusals(code: string): Promise<number> {
  const counts = await scrape(`${gateway.url}/metrics`, METRICS)
  return counts.get(`whisperrooms_refusals_total{reason="${code}"}`) ?? 0
}

function expectHeaders({ headers }: RawResponse): void {
  expect(headers.get('connection')).toBe('close')
  expect(headers.get('content-type')).toMatch(/^application\/json/)
  expect(headers.get('content-security-policy')).toMatch(/default-src 'none'/)
  expect(headers.get('x-content-type-options')).toBe('nosniff')
  expect(headers.get('referrer-policy')).toBe('no-referrer')
}

describe('what is refused at the door says why by a code, and is counted', () => {
  const posted = 'POST /api/rooms/tea/messages HTTP/1.1\r\nhost: x\r\n'
  const given = `${posted}authorization: Bearer ${BOT.token}\r\ncontent-type: application/json\r\n`
  test.each([
    ['no HTTP at all', 'EHLO mail\r\n\r\n', 400, 'bad_frame'],
    ['two lengths', `${posted}content-length: 1\r\ntransfer-encoding: chunked\r\n\r\n`, 400, 'bad_frame'],
    ['no host', 'GET /livez HTTP/1.1\r\n\r\n', 400, 'bad_frame'],
    ['a head that is too long', `GET / HTTP/1.1\r\nhost: x\r\nx: ${'x'.repeat(9_000)}\r\n\r\n`, 431, 'too_long'],
    ['a body that does not end', `${given}content-length: 100\r\n\r\n{"te`, 408, 'bad_frame'],
    [
      'a body in pieces that say too much of themselves',
      `${given}transfer-encoding: chunked\r\n\r\n5;${'x'.repeat(20_000)}\r\n12345\r\n`,
      413,
      'too_long',
    ],
    ['a head that does not end', 'GET / HTTP/1.1\r\nhost: x\r\n', 408, 'bad_frame'],
    [
      'no key of a WebSocket',
      `GET /ws/tea HTTP/1.1\r\nhost: x\r\n${UPGRADE}sec-websocket-version: 13\r\n\r\n`,
      400,
      'bad_frame',
    ],
    [
      'another version of WebSockets',
      `GET /ws/tea HTTP/1.1\r\nhost: x\r\n${UPGRADE}${KEY}sec-websocket-version: 99\r\n\r\n`,
      400,
      'bad_frame',
    ],
    [
      'a WebSocket that is posted',
      `POST /ws/tea HTTP/1.1\r\nhost: x\r\n${UPGRADE}${KEY}sec-websocket-version: 13\r\n\r\n`,
      405,
      'not_supported',
    ],
    [
      'a WebSocket where there is none',
      `GET /elsewhere HTTP/1.1\r\nhost: x\r\n${UPGRADE}${KEY}\r\n`,
      404,
      'no_such_room',
    ],
    [
      'a WebSocket of a foreign page',
      `GET /ws/tea HTTP/1.1\r\nhost: x\r\norigin: https://y.example\r\n${UPGRADE}${KEY}\r\n`,
      403,
      'not_allowed',
    ],
  ] as const)('%s', async (_, request, status, code) => {
    const before = await refusals(code)
    const answer = await exchange(gateway.url, request)
    expect([answer.status, codeOf(answer)]).toEqual([status, code])
    expectHeaders(answer)
    expect(await refusals(code)).toBe(before + 1)
  })

  test('a blocked address is told when it may come again', async () => {
    const address = '203.0.113.77'
    const headers = { authorization: `Bearer ${ADMIN}`, 'content-type': 'application/json' }
    const body = JSON.stringify({ address, seconds: 600 })
    await fetch(`${gateway.url}/api/admin/addresses/block`, { method: 'POST', headers, body })
    const from = `host: x\r\nx-forwarded-for: ${address}\r\n`
    for (const request of [
      `GET /ws/tea HTTP/1.1\r\n${from}${UPGRADE}${KEY}\r\n`,
      `GET /api/limits HTTP/1.1\r\n${from}connection: close\r\n\r\n`,
    ]) {
      const answer = await exchange(gateway.url, request)
      expect([answer.status, codeOf(answer)]).toEqual([403, 'not_allowed'])
      expectHeaders(answer)
      expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(590)
      expect(Number(answer.headers.get('retry-after'))).toBeLessThanOrEqual(600)
    }
  })

  test('a message that was taken in is not told refused for what comes behind it', async () => {
    const body = JSON.stringify({ text: 'hello', key: 'key-of-the-one' })
    const whole = `${given}content-length: ${body.length}\r\n\r\n${body}`
    const connection = await openRawHttp(gateway.url)
    connection.socket.write(`${whole}GARBAGE\r\n\r\n`)
    await connection.closed
    expect(connection.text()).not.toContain('bad_frame')
  })

  test('nothing is put into an answer that has begun', async () => {
    const room = newRoom()
    await enter(gateway.url, room)
    const { socket, text, closed } = await openRawHttp(gateway.url)
    socket.write(`GET /api/rooms/${room}/events HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${BOT.token}\r\n\r\n`)
    await until(
      () => text().includes('event: live'),
      () => 'no stream began',
    )
    socket.write('what is this\r\n\r\n')
    await closed
    expect(text().match(/HTTP\/1\.1/g)).toHaveLength(1)
  })
})

describe('another protocol that is offered is not taken, and the request is answered as any', () => {
  const offer = 'connection: Upgrade, HTTP2-Settings\r\nupgrade: h2c\r\nhttp2-settings: AAMAAABkAAQAoAAAAAIAAAAA\r\n'

  test('to ask', async () => {
    const connection = await openRawHttp(gateway.url)
    connection.socket.write(`GET /api/limits HTTP/1.1\r\nhost: x\r\n${offer}\r\n`)
    await until(
      () => connection.text().endsWith('}'),
      () => connection.text(),
    )
    const answer = parseResponse(connection.text())
    expect([answer.status, JSON.parse(answer.body)]).toEqual([
      200,
      expect.objectContaining({ textBytes: expect.any(Number) }),
    ])
    connection.socket.destroy()
  })

  test('to post', async () => {
    const room = newRoom()
    const ada = await enter(gateway.url, room)
    const body = JSON.stringify({ text: 'by h2c' })
    const connection = await openRawHttp(gateway.url)
    connection.socket.write(
      `POST /api/rooms/${room}/messages HTTP/1.1\r\nhost: x\r\n${offer}authorization: Bearer ${BOT.token}\r\n` +
        `content-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`,
    )
    await hear(ada, 'by h2c')
    connection.socket.destroy()
  })
})

describe('wrong tokens of bots', () => {
  const tried = (address: string, token: string) =>
    post(gateway.url, newRoom(), token, { text: 'hello' }, { 'x-forwarded-for': address })

  test('cost their address: ten in a minute are wrong, more are too many, and a right one is let in at any time', async () => {
    const before = await refusals('rate_limited')
    const address = '203.0.113.10'
    for (let i = 0; i < 10; i++) expect((await tried(address, newToken())).status).toBe(401)
    const late = await tried(address, newToken())
    expect(late).toMatchObject({ status: 429, body: { error: { code: 'rate_limited' } } })
    expect(late.body.error?.retryAfter).toBeGreaterThan(1_000)
    expect(late.body.error?.retryAfter).toBeLessThanOrEqual(60_000)
    expect(Number(late.headers.get('retry-after'))).toBeGreaterThan(1)
    expect(await refusals('rate_limited')).toBe(before + 1)

    const listening = { authorization: `Bearer ${newToken()}`, 'x-forwarded-for': address }
    expect((await fetch(`${gateway.url}/api/rooms/tea/events`, { headers: listening })).status).toBe(429)
    expect((await tried(address, BOT.token)).status).toBe(200)
    expect((await tried('203.0.113.11', newToken())).status).toBe(401)
  })
})

describe('what cannot be is told clearly', () => {
  test.each([
    ['a host with a slash', 'HTTP/1.1', 'host: x/y\r\n'],
    ['a host with a name and a password', 'HTTP/1.1', 'host: a:b@x\r\n'],
    ['no host at all', 'HTTP/1.0', ''],
  ])('where a room is, asked of %s', async (_, version, host) => {
    const answer = await exchange(
      gateway.url,
      `GET /api/rooms/tea/where ${version}\r\n${host}connection: close\r\n\r\n`,
    )
    expect([answer.status, codeOf(answer)]).toEqual([400, 'bad_frame'])
    expect(answer.body).toContain('host')
  })

  test.each(['x', 'x.example:8080', '192.0.2.1', '[2001:db8::1]:80', 'my_host'])('a room is at %s', async (host) => {
    const answer = await exchange(
      gateway.url,
      `GET /api/rooms/tea/where HTTP/1.1\r\nhost: ${host}\r\nconnection: close\r\n\r\n`,
    )
    expect(JSON.parse(answer.body).url).toContain(`ws://${host}/ws/tea`)
  })

  test('a body that is packed', async () => {
    const packed = await post(gateway.url, newRoom(), BOT.token, { text: 'hello' }, { 'content-encoding': 'gzip' })
    expect(packed).toMatchObject({ status: 415, body: { error: { code: 'bad_frame' } } })
    expect(packed.headers.get('accept-encoding')).toBe('identity')
    const plain = await post(gateway.url, newRoom(), BOT.token, { text: 'hello' }, { 'content-encoding': 'identity' })
    expect(plain.status).toBe(200)
  })

  test('a byte order mark before a body is passed over', async () => {
    const room = newRoom()
    const ada = await enter(gateway.url, room)
    expect((await post(gateway.url, room, BOT.token, `\uFEFF${JSON.stringify({ text: 'marked' })}`)).status).toBe(200)
    await hear(ada, 'marked')
  })

  test.each([
    ['HEAD', '/api/rooms/tea/events', 'GET'],
    ['POST', '/api/rooms/tea/events', 'GET'],
    ['GET', '/api/rooms/tea/messages', 'POST'],
    ['DELETE', '/api/limits?x=1', 'GET, HEAD'],
    ['OPTIONS', '/api/rooms', 'GET, HEAD'],
    ['GET', '/api/admin/read-only', 'POST'],
  ])('%s %s is another method than is offered', async (method, path, allowed) => {
    const before = await refusals('not_supported')
    const response = await fetch(gateway.url + path, { method })
    expect([response.status, response.headers.get('allow')]).toEqual([405, allowed])
    if (method !== 'HEAD') expect(await response.json()).toMatchObject({ error: { code: 'not_supported' } })
    expect(await refusals('not_supported')).toBe(before + 1)
  })

  test.each([
    ['a page of too many rooms', '/api/rooms?limit=101', /limit/],
    ['a page of none', '/api/rooms?limit=0', /limit/],
  ])('%s', async (_, path, message) => {
    const response = await fetch(gateway.url + path)
    expect(response.status).toBe(400)
    expect(await response.json()).toEqual({ error: { code: 'bad_frame', message: expect.stringMatching(message) } })
  })
})
