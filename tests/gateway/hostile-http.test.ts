import { once } from 'node:events'
import { connect } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startGateway, type TestGateway } from '../support/gateway.ts'
import { within } from '../support/inbox.ts'
import { enter, newRoom, say } from '../support/member.ts'

/** What a head may take (5 s), how often that is looked at (1 s), and as much again on a busy machine. */
const HEAD_MS = 12_000
/** The same for a whole request (10 s). */
const REQUEST_MS = 22_000

let gateway: TestGateway
beforeAll(async () => {
  gateway = await startGateway()
})
afterAll(() => gateway.stop())

/** Sends pieces, one every 200 ms, until the gateway ends the connection. @returns what it answered, and after how long. */
async function speak(pieces: Iterable<string>, patienceMs: number): Promise<{ answer: string; tookMs: number }> {
  const { hostname, port } = new URL(gateway.url)
  const socket = connect({ host: hostname, port: Number(port) })
  const chunks: Buffer[] = []
  socket.on('data', (chunk: Buffer) => chunks.push(chunk))
  socket.on('error', () => undefined)
  await once(socket, 'connect')
  const since = performance.now()
  const closed = new Promise<void>((resolve) => {
    socket.once('close', () => resolve())
  })
  let isOver = false
  void closed.then(() => {
    isOver = true
  })
  for (const piece of pieces) {
    if (isOver) break
    socket.write(piece)
    await Promise.race([closed, delay(200)])
  }
  await within(closed, 'the end of the connection', patienceMs)
  return { answer: Buffer.concat(chunks).toString(), tookMs: performance.now() - since }
}

function* dripping(start: string, drop: string): Generator<string> {
  yield start
  for (let i = 0; i < 200; i++) yield drop
}

describe.concurrent('what is slow is ended', () => {
  test.each([
    ['a connection that says nothing', dripping('', ''), HEAD_MS],
    ['a head that does not end', dripping('GET / HTTP/1.1\r\nhost: x\r\n', 'x-slow: 1\r\n'), HEAD_MS],
    ['an upgrade that does not end', dripping('GET /ws/tea HTTP/1.1\r\nupgrade: websocket\r\nx: ', 'y'), HEAD_MS],
    [
      'a body that does not end',
      dripping('POST /api/rooms/tea/messages HTTP/1.1\r\nhost: x\r\ncontent-length: 10000\r\n\r\n', ' '),
      REQUEST_MS,
    ],
  ])('%s', async (_, pieces, withinMs) => {
    expect((await speak(pieces, withinMs + 10_000)).tookMs).toBeLessThan(withinMs)
  })
})

describe('what is too much is refused', () => {
  test.each([
    ['a header of 9 KB', `x-large: ${'x'.repeat(9_000)}\r\n`],
    ['ten thousand headers', 'x: y\r\n'.repeat(10_000)],
  ])('%s', async (_, headers) => {
    const { answer } = await speak([`GET /livez HTTP/1.1\r\nhost: x\r\n${headers}\r\n`], HEAD_MS)
    expect(answer).toMatch(/^HTTP\/1.1 431 /)
  })

  test.each([
    ['no HTTP at all', 'EHLO mail\r\n\r\n'],
    ['two lengths', 'POST /livez HTTP/1.1\r\nhost: x\r\ncontent-length: 1\r\ntransfer-encoding: chunked\r\n\r\n'],
    ['no host', 'GET /livez HTTP/1.1\r\n\r\n'],
  ])('%s', async (_, request) => {
    const { answer } = await speak([request], HEAD_MS)
    expect(answer).toMatch(/^HTTP\/1.1 400 /)
  })

  test('and everybody else is served', async () => {
    await say(await enter(gateway.url, newRoom()), 'all well')
  })
})

test('no other origin may read an answer, and pages are held to their own scripts', async () => {
  for (const path of ['/livez', '/api/limits', '/no-such-page']) {
    const { headers } = await fetch(`${gateway.url}${path}`, { headers: { origin: 'https://elsewhere.example' } })
    expect([...headers.keys()].filter((name) => name.startsWith('access-control-'))).toEqual([])
    expect(headers.get('content-security-policy')).toMatch(/default-src 'none'.*frame-ancestors 'none'/)
    expect(headers.get('x-content-type-options')).toBe('nosniff')
    expect(headers.get('referrer-policy')).toBe('no-referrer')
    expect(headers.get('cross-origin-resource-policy')).toBe('same-origin')
  }
})
