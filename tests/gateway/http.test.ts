import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { connect as connectTcp } from 'node:net'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { CANARY } from '../support/canary.ts'
import { startGateway, type TestGateway } from '../support/gateway.ts'
import { within } from '../support/inbox.ts'
import { joinFrame, newRoom } from '../support/member.ts'
import { connect, HandshakeRefused } from '../support/raw-client.ts'

const upgrade = 'connection: upgrade\r\nupgrade: websocket\r\n'

let gateway: TestGateway
beforeAll(async () => {
  gateway = await startGateway()
})
afterAll(() => gateway.stop())

test.each(['/livez', '/readyz'])('%s says that all is well, and is not to be cached', async (path) => {
  const response = await fetch(gateway.url + path)
  expect(response.status).toBe(200)
  expect(await response.json()).toEqual({ status: 'ok' })
  expect(response.headers.get('cache-control')).toBe('no-store')
})

describe('/api/rooms/{room}/where', () => {
  test('says where the room’s socket is, and it is there', async () => {
    const room = newRoom()
    const response = await fetch(`${gateway.url}/api/rooms/${room}/where`)
    expect(response.status).toBe(200)
    const url = JSON.parse(await response.text()).url
    expect(url).toMatch(new RegExp(`^ws://localhost:${gateway.port}/ws/${room}\\?s=\\d+$`))
    const client = await connect(gateway.url, `${room}${new URL(url).search}`)
    client.send(joinFrame({ create: {} }))
    expect((await client.next('welcome')).room.id).toBe(room)
  })

  test.each([
    ['a space', `${CANARY}%20`],
    ['an umlaut', `${CANARY}%C3%BC`],
    ['a dollar', `${CANARY}$`],
    ['65 characters', CANARY.padEnd(65, 'r')],
    ['500 characters', CANARY.padEnd(500, 'r')],
    ['a broken escape', `${CANARY}%ff`],
    ['half an escape', `${CANARY}%`],
  ])('a room’s name with %s is bad, and is not repeated', async (_, room) => {
    const response = await fetch(`${gateway.url}/api/rooms/${room}/where`)
    expect([400, 414]).toContain(response.status)
    const body = await response.text()
    expect(body).not.toContain(CANARY)
    expect(JSON.parse(body)).toMatchObject({ error: { code: expect.stringMatching(/^bad_(room|request)$/) } })
    expect(gateway.output()).not.toContain(CANARY)
  })
})

test.each([
  ['an unknown path', 'GET', `/${CANARY}`, 404],
  ['an unknown path with a query', 'GET', `/api/${CANARY}?${CANARY}=1`, 404],
  ['a method that is not offered', 'DELETE', `/api/rooms/${CANARY}/where`, 405],
  ['a body nobody asked for', 'POST', `/api/rooms/${CANARY}/where`, 405],
])('%s is refused, and is not repeated', async (_, method, path, status) => {
  const response = await fetch(gateway.url + path, method === 'POST' ? { method, body: CANARY } : { method })
  expect(response.status).toBe(status)
  expect(await response.text()).not.toContain(CANARY)
  expect(gateway.output()).not.toContain(CANARY)
})

describe('a person who follows a link gets the page, and a program the answer', () => {
  const PAGE = /<div id="root">/
  const asPerson = { accept: 'text/html,application/xhtml+xml,*/*;q=0.8' }

  test.each([
    ['a room', '/r/tea', 200],
    ['a room with a slash behind it', '/r/tea/', 200],
    ['the home page', '/', 200],
    ['an unknown path', '/foo', 404],
    ['an unknown path with a query', '/foo/bar?r=tea', 404],
    ['a path below a room', '/r/tea/more', 404],
  ])('%s', async (_, path, status) => {
    const response = await fetch(gateway.url + path, { headers: asPerson })
    expect(response.status).toBe(status)
    expect(response.headers.get('content-type')).toMatch(/^text\/html/)
    expect(response.headers.get('content-security-policy')).toMatch(/default-src/)
    expect(response.headers.get('cache-control')).toBe('no-cache')
    expect(await response.text()).toMatch(PAGE)
  })

  test.each([
    ['whoever does not ask for a page', '/foo', { accept: 'application/json' }],
    ['whoever takes anything', '/foo', { accept: '*/*' }],
    ['a path below a room, for a program', '/r/tea/more', { accept: '*/*' }],
    ['an unknown path of the API, for a person', '/api/foo', asPerson],
  ])('%s gets JSON for what is not there', async (_, path, headers) => {
    const response = await fetch(gateway.url + path, { headers })
    expect(response.status).toBe(404)
    expect(response.headers.get('content-type')).toMatch(/^application\/json/)
    expect(await response.json()).toEqual({ error: { code: 'not_found' } })
  })
})

describe('a refused upgrade is over, also when the client never closes its end', () => {
  test.each([
    ['of what is no room', '/nowhere', '', '404'],
    ['from a page of another host', `/ws/${newRoom()}`, 'origin: https://elsewhere.example\r\n', '403'],
  ])('%s', async (_, path, header, status) => {
    const { hostname, port } = new URL(gateway.url)
    const socket = connectTcp({ host: hostname, port: Number(port), allowHalfOpen: true })
    const chunks: Buffer[] = []
    socket.on('data', (chunk: Buffer) => chunks.push(chunk))
    // Once the other end is gone it answers what comes with a reset; until then it takes it in for as long as we like.
    const reset = new Promise((resolve) => socket.on('error', resolve))
    const answered = once(socket, 'end')
    socket.write(
      `GET ${path} HTTP/1.1\r\nhost: x\r\n${upgrade}${header}sec-websocket-version: 13\r\n` +
        `sec-websocket-key: ${randomBytes(16).toString('base64')}\r\n\r\n`,
    )
    await within(answered, 'the answer')
    expect(Buffer.concat(chunks).toString()).toContain(` ${status} `)
    const talking = setInterval(() => socket.write('more'), 20)
    await within(reset, 'the reset').finally(() => clearInterval(talking))
    socket.destroy()
  })
})

test('an upgrade to anything but a room is not found', async () => {
  const refused = await connect(gateway.url, `${newRoom()}/${CANARY}`).catch((error: unknown) => error)
  expect(refused).toBeInstanceOf(HandshakeRefused)
  expect(refused).toMatchObject({ status: 404 })
  expect(refused instanceof HandshakeRefused && refused.body).not.toContain(CANARY)
})

describe('what is hardly HTTP is refused without being repeated', () => {
  async function exchange(request: string): Promise<string> {
    const { hostname, port } = new URL(gateway.url)
    const socket = connectTcp({ host: hostname, port: Number(port) })
    const chunks: Buffer[] = []
    const { promise, resolve, reject } = Promise.withResolvers<string>()
    socket.on('data', (chunk: Buffer) => chunks.push(chunk))
    socket.on('error', reject)
    socket.on('close', () => resolve(Buffer.concat(chunks).toString()))
    socket.end(request)
    return within(promise, 'the end of the answer')
  }

  test.each([
    ['no HTTP at all', `${CANARY}\r\n\r\n`, '400'],
    ['two lengths', `POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\n${CANARY}`, '400'],
    [`a header of 20 KiB`, `GET / HTTP/1.1\r\nhost: x\r\nx: ${CANARY.padEnd(20 * 1024, 'x')}\r\n\r\n`, '431'],
    [
      'an upgrade without a key',
      `GET /ws/room HTTP/1.1\r\nhost: x\r\n${upgrade}sec-websocket-version: 13\r\n\r\n`,
      '400',
    ],
    [
      'an upgrade to another version of WebSockets',
      `GET /ws/room HTTP/1.1\r\nhost: x\r\n${upgrade}sec-websocket-version: 99\r\nsec-websocket-key: ${CANARY}\r\n\r\n`,
      '400',
    ],
    [
      'an upgrade to something else',
      `GET /ws/room HTTP/1.1\r\nhost: x\r\nconnection: upgrade\r\nupgrade: ${CANARY}\r\n\r\n`,
      '404',
    ],
  ])('%s', async (_, request, status) => {
    const answer = await exchange(request)
    expect(answer.split('\r\n')[0]).toContain(` ${status} `)
    expect(answer).not.toContain(CANARY)
    expect(gateway.output()).not.toContain(CANARY)
    expect((await fetch(`${gateway.url}/livez`)).status).toBe(200)
  })
})
