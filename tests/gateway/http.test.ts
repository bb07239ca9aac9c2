import { connect as connectTcp } from 'node:net'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { CANARY } from '../support/canary.ts'
import { startGateway, type TestGateway } from '../support/gateway.ts'
import { within } from '../support/inbox.ts'
import { joinFrame, newRoom } from '../support/member.ts'
import { connect, HandshakeRefused } from '../support/raw-client.ts'

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
  ['an unknown path', 'GET', `/${CANARY}`],
  ['an unknown path with a query', 'GET', `/api/${CANARY}?${CANARY}=1`],
  ['a method that is not offered', 'DELETE', `/api/rooms/${CANARY}/where`],
  ['a body nobody asked for', 'POST', `/api/rooms/${CANARY}/where`],
])('%s is not found, and is not repeated', async (_, method, path) => {
  const response = await fetch(gateway.url + path, method === 'POST' ? { method, body: CANARY } : { method })
  expect(response.status).toBe(404)
  expect(await response.text()).not.toContain(CANARY)
  expect(gateway.output()).not.toContain(CANARY)
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

  const upgrade = 'connection: upgrade\r\nupgrade: websocket\r\n'
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
      '400',
    ],
  ])('%s', async (_, request, status) => {
    const answer = await exchange(request)
    expect(answer.split('\r\n')[0]).toContain(` ${status} `)
    expect(answer).not.toContain(CANARY)
    expect(gateway.output()).not.toContain(CANARY)
    expect((await fetch(`${gateway.url}/livez`)).status).toBe(200)
  })
})
