import { once } from 'node:events'
import { Agent, get } from 'node:http'
import type { AddressInfo } from 'node:net'
import { fastify } from 'fastify'
import { afterEach, expect, test } from 'vitest'
import { blocklist, parsePrefix } from '../../admin/blocklist.ts'
import { shutOut } from './shut-out.ts'

const EVE = '203.0.113.7'
const ADA = '198.51.100.9'

let close: () => Promise<unknown> = async () => undefined
afterEach(() => close())

/** A server that a proxy stands before, and whose answers to `/waits` begin and do not end before the test wants it. */
async function open() {
  const server = fastify({ forceCloseConnections: true })
  const blocks = blocklist(() => 0)
  const ends: (() => void)[] = []
  shutOut(server, { blocklist: blocks, addressOf: ({ headers }) => String(headers['x-forwarded-for']) })
  server.get('/waits', (_request, reply) => {
    reply.hijack()
    reply.raw.write('begins')
    ends.push(() => reply.raw.end(' ends'))
  })
  for (const path of ['/at-once', '/livez', '/api/admin/status']) server.get(path, async () => 'answered')
  await server.listen({ port: 0, host: '127.0.0.1' })
  const { port } = server.server.address() as AddressInfo
  const agent = new Agent({ keepAlive: true })
  close = async () => {
    agent.destroy()
    await server.close()
  }

  /** Asks, and waits until the answer has begun. */
  async function ask(path: string, address: string) {
    const asking = get({ host: '127.0.0.1', port, path, agent, headers: { 'x-forwarded-for': address } })
    const [response] = await once(asking, 'response')
    const chunks: Buffer[] = []
    response.on('data', (chunk: Buffer) => chunks.push(chunk))
    const whole: Promise<string> = once(response, 'end').then(() => Buffer.concat(chunks).toString())
    whole.catch(() => undefined)
    return { status: response.statusCode, socket: response.socket, whole }
  }

  function block(address: string): void {
    const prefix = parsePrefix(address)
    if (prefix === undefined) throw new Error('not an address')
    blocks.block(prefix, 600)
  }

  function endAnswers(): void {
    for (const end of ends.splice(0)) end()
  }

  return { ask, block, endAnswers }
}

test('when an address is blocked, what is still being answered to it ends, and others have their answers whole', async () => {
  const { ask, block, endAnswers } = await open()
  const [eve, ada] = [await ask('/waits', EVE), await ask('/waits', ADA)]
  block(EVE)
  await expect(eve.whole).rejects.toThrow()
  endAnswers()
  expect(await ada.whole).toBe('begins ends')
})

test('a connection that waits for its next question ends as well', async () => {
  const { ask, block } = await open()
  const { whole, socket } = await ask('/at-once', EVE)
  expect(await whole).toBe('answered')
  const closed = once(socket, 'close')
  block(EVE)
  await closed
  expect((await ask('/at-once', EVE)).status).toBe(403)
})

test('an address counts by what it last was: behind a proxy one connection carries many', async () => {
  const { ask, block } = await open()
  const first = await ask('/at-once', EVE)
  await first.whole
  const second = await ask('/at-once', ADA)
  await second.whole
  expect(second.socket).toBe(first.socket)
  block(EVE)
  const third = await ask('/at-once', ADA)
  expect([third.status, third.socket]).toEqual([200, first.socket])
})

test.each(['/livez', '/api/admin/status'])('%s is answered to a blocked address too', async (path) => {
  const { ask, block } = await open()
  block(EVE)
  expect((await ask(path, EVE)).status).toBe(200)
  expect((await ask('/at-once', EVE)).status).toBe(403)
})
