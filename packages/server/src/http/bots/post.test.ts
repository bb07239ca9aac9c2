import { fastify } from 'fastify'
import { expect, test } from 'vitest'
import { readBotsConfig } from '../../bots-config.ts'
import type { LimitsConfig } from '../../limits/limits-config.ts'
import { testGateway } from '../../testing/test-gateway.ts'
import type { Fortune } from '../../testing/unreliable-bus.ts'
import { addBots } from './add-bots.ts'

const TOKEN = 'a-token-of-a-bot-that-is-long-enough'
const BOT = { name: 'Builds', token: TOKEN, rooms: ['*'], rights: ['post', 'create'] }
const QUIET = { info: () => undefined, warn: () => undefined, error: () => undefined }

/** A gateway with HTTP whose bus works as `fortune` says. */
async function posting(fortune: () => Fortune, limits: Partial<LimitsConfig> = {}) {
  const gateway = await testGateway({ fortune, limits })
  const server = fastify()
  const refusals: string[] = []
  const closing = { is: false }
  await addBots(server, QUIET, {
    gateway: gateway.gateway,
    shards: () => gateway.hosting.shards(),
    config: readBotsConfig({ WR_BOT_TOKENS: JSON.stringify([BOT]) }),
    addressOf: () => '192.0.2.1',
    isClosing: () => closing.is,
    refused: (code) => refusals.push(code),
  })
  const post = (payload: object, room = 'lunch') =>
    server.inject({
      method: 'POST',
      url: `/api/rooms/${room}/messages`,
      headers: { authorization: `Bearer ${TOKEN}` },
      payload,
    })
  /** Lets a request come in, and time pass until it is answered; at most so many milliseconds. */
  async function answered<T>(requests: Promise<T>, withinMs: number): Promise<T> {
    const { time } = gateway
    let isAnswered = false
    void requests.finally(() => {
      isAnswered = true
    })
    for (let turn = 0; turn < 50; turn++) await time.settle()
    for (let passed = 0; !isAnswered && passed < withinMs; passed += 100) await time.advance(100)
    for (let turn = 0; turn < 50; turn++) await time.settle()
    if (!isAnswered) throw new Error(`not answered within ${withinMs} ms`)
    return requests
  }

  return { ...gateway, post, refusals, answered, closing }
}

test('P10 while the bus is down a post is answered with 503 within 3 s, and under its key it may be sent again', async () => {
  let fortune: Fortune = { kind: 'works', delayMs: 0 }
  const { time, post, refusals, answered } = await posting(() => fortune)
  expect((await answered(post({ text: 'first' }), 100)).statusCode).toBe(200)

  fortune = { kind: 'doubts', delayMs: 4_000 }
  const body = { text: 'in doubt', key: 'key-of-the-doubt' }
  const answer = await answered(post(body), 3_000)
  expect(answer.statusCode).toBe(503)
  expect(answer.headers['retry-after']).toBe('1')
  expect(answer.json()).toMatchObject({ error: { code: 'bus_unavailable', key: body.key, retryAfter: 1_000 } })
  expect(refusals).toEqual(['bus_unavailable'])

  fortune = { kind: 'works', delayMs: 0 }
  await time.advance(4_000)
  expect((await answered(post(body), 1_000)).json()).toMatchObject({ type: 'ack', key: body.key, duplicate: true })
})

test('P10 a room that cannot be made is answered with 503 within 3 s', async () => {
  const { post, answered } = await posting(() => ({ kind: 'doubts', delayMs: 60_000 }))
  expect((await answered(post({ text: 'first' }), 3_000)).statusCode).toBe(503)
})

test('a bot with too much under way is told to wait', async () => {
  let fortune: Fortune = { kind: 'works', delayMs: 0 }
  const { post, answered } = await posting(() => fortune)
  await answered(post({ text: 'first' }), 100)
  fortune = { kind: 'works', delayMs: 500 }
  const all = Promise.all(Array.from({ length: 40 }, (_, i) => post({ text: `number ${i}` })))
  const statuses = (await answered(all, 1_000)).map(({ statusCode }) => statusCode)
  expect(statuses.filter((status) => status === 200)).toHaveLength(32)
  expect(statuses.filter((status) => status === 429)).toHaveLength(8)
})

test('a bot is held to the limits of one connection, and told when to go on', async () => {
  const { time, post, answered } = await posting(() => ({ kind: 'works', delayMs: 0 }), { messages: 1, burst: 2 })
  const statuses: number[] = []
  for (const text of ['one', 'two', 'three']) statuses.push((await answered(post({ text }), 100)).statusCode)
  expect(statuses).toEqual([200, 200, 429])
  const { retryAfter } = (await answered(post({ text: 'four' }), 100)).json().error
  expect(retryAfter).toBeGreaterThan(0)
  await time.advance(retryAfter)
  expect((await answered(post({ text: 'four' }), 100)).statusCode).toBe(200)
})

test('a bot makes no more rooms than an address may', async () => {
  const { post, answered } = await posting(() => ({ kind: 'works', delayMs: 0 }), { rooms: 1 })
  expect((await answered(post({ text: 'one' }, 'lunch'), 100)).statusCode).toBe(200)
  expect((await answered(post({ text: 'two' }, 'dinner'), 100)).statusCode).toBe(429)
  expect((await answered(post({ text: 'three' }, 'lunch'), 100)).statusCode).toBe(200)
})

test('P12 a gateway on its way down takes no post in: it would be gone with it', async () => {
  const { post, answered, closing } = await posting(() => ({ kind: 'works', delayMs: 0 }))
  closing.is = true
  const answer = await answered(post({ text: 'one' }), 100)
  expect(answer.statusCode).toBe(503)
  expect(answer.json()).toMatchObject({ error: { code: 'bus_unavailable', retryAfter: 1_000 } })
})
