import { once } from 'node:events'
import { Agent, get, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { fastify } from 'fastify'
import { afterEach, expect, test } from 'vitest'
import { readBotsConfig } from '../../bots-config.ts'
import { guest } from '../../testing/guest.ts'
import { type TestOptions, testGateway } from '../../testing/test-gateway.ts'
import { addBots } from './add-bots.ts'

const EARS = { name: 'Ears', token: 'a-token-of-a-bot-that-is-long-enough', rooms: ['*'], rights: ['read'] }
const OTHER = { ...EARS, name: 'Other', token: 'another-token-that-is-long-enough-too' }
const QUIET = { info: () => undefined, warn: () => undefined, error: () => undefined }
const MOST_OF_A_BOT = 1_000

let close: () => Promise<unknown> = async () => undefined
afterEach(() => close())

/** A gateway that bots listen to over HTTP, with a room in which a member is. */
async function listening(options: TestOptions = {}) {
  const gateway = await testGateway(options)
  const { time } = gateway
  const closing = { is: false }
  const server = fastify({ forceCloseConnections: true })
  await addBots(server, QUIET, {
    gateway: gateway.gateway,
    shards: () => gateway.hosting.shards(),
    config: readBotsConfig({ WR_BOT_TOKENS: JSON.stringify([EARS, OTHER]) }),
    addressOf: () => '192.0.2.1',
    isClosing: () => closing.is,
    refused: () => undefined,
  })
  await server.listen({ port: 0, host: '127.0.0.1' })
  const { port } = server.server.address() as AddressInfo
  const agent = new Agent({ keepAlive: false })
  close = async () => {
    agent.destroy()
    await server.close()
    gateway.stop()
  }
  const ada = await guest(gateway, 'tea', 'Ada')

  /** Asks for a room's events, and lets the gateway work until there is an answer. */
  async function listen({ token } = EARS): Promise<IncomingMessage> {
    const headers = { authorization: `Bearer ${token}` }
    const asking = get({ host: '127.0.0.1', port, path: '/api/rooms/tea/events', agent, headers })
    let response: IncomingMessage | undefined
    asking.once('response', (came) => {
      response = came
    })
    const failed = once(asking, 'error').then(([error]) => Promise.reject(error))
    failed.catch(() => undefined)
    while (response === undefined) await Promise.race([time.settle(), failed])
    return response
  }

  return { time, ada, listen, closing }
}

async function codeOf(response: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = []
  for await (const chunk of response) chunks.push(chunk)
  return JSON.parse(Buffer.concat(chunks).toString()).error.code
}

test('a bot has a thousand streams at a time; another bot has its own, and when one ends another may come', async () => {
  const { listen } = await listening()
  const streams: IncomingMessage[] = []
  while (streams.length < MOST_OF_A_BOT)
    streams.push(...(await Promise.all(Array.from({ length: 50 }, () => listen()))))
  expect(streams.filter(({ statusCode }) => statusCode !== 200)).toEqual([])

  const refused = await listen()
  expect([refused.statusCode, refused.headers['retry-after']]).toEqual([503, '5'])
  expect(await codeOf(refused)).toBe('server_full')
  expect((await listen(OTHER)).statusCode).toBe(200)

  streams[0]?.destroy()
  const isLetIn = async () => (await listen()).statusCode === 200
  await expect.poll(isLetIn, { interval: 5, timeout: 8_000 }).toBe(true)
})

test('a room that is full lets no bot in to listen but one that is in it already, and says when to come again', async () => {
  const { time, ada, listen } = await listening({ limits: { members: 2 } })
  const first = await listen()
  expect(first.statusCode).toBe(200)
  const refused = await listen(OTHER)
  expect(refused.statusCode).toBe(503)
  expect(Number(refused.headers['retry-after'])).toBeGreaterThan(0)
  expect(await codeOf(refused)).toBe('room_full')
  expect((await listen()).statusCode).toBe(200)
  // With the member gone there is a place.
  ada.say({ type: 'leave' })
  await time.settle()
  expect((await listen(OTHER)).statusCode).toBe(200)
})

test('whoever listens counts as a member: a room that bots have filled lets nobody else in', async () => {
  const { time, ada, listen } = await listening({ limits: { members: 2 } })
  const stream = await listen()
  ada.say({ type: 'leave' })
  await time.settle()
  await listen(OTHER)
  stream.destroy()
  expect((await listen()).statusCode).toBe(200)
})

test('a gateway on its way down opens no stream', async () => {
  const { listen, closing } = await listening()
  closing.is = true
  const refused = await listen()
  expect(refused.statusCode).toBe(503)
  expect(await codeOf(refused)).toBe('server_full')
})
