import { once } from 'node:events'
import { get, type IncomingMessage } from 'node:http'
import { afterEach, describe, expect, test } from 'vitest'
import { newToken, type TestBotToken } from '../support/bots.ts'
import { startGateway, type TestGateway } from '../support/gateway.ts'
import { within } from '../support/inbox.ts'
import { enter, newRoom } from '../support/member.ts'
import { connect } from '../support/raw-client.ts'
import { codeOf, openRawHttp, parseResponse, type RawHttp } from '../support/raw-http.ts'
import { scrape } from '../support/scrape.ts'
import { until } from '../support/until.ts'

const ADMIN = 'k9QvX3mWz7LpR2tYb8NcD5fHj4GsA6eU0iOq'
const METRICS = newToken()
const EARS: TestBotToken = { name: 'Ears', token: newToken(), rooms: ['*'], rights: ['read'] }
const PROXY = { WR_TRUSTED_PROXIES: '127.0.0.0/8, ::1' }
const LIVEZ = 'GET /livez HTTP/1.1\r\nhost: x\r\n\r\n'

const opened: RawHttp[] = []
let gateway: TestGateway | undefined
afterEach(async () => {
  for (const { socket } of opened.splice(0)) socket.destroy()
  await gateway?.stop()
  gateway = undefined
})

async function start(settings: Readonly<Record<string, string>>): Promise<TestGateway> {
  gateway = await startGateway({ WR_METRICS_TOKEN: METRICS, ...settings })
  return gateway
}

/** Connects, asks whether the gateway lives, and stays. @returns the connection, once it has been answered or cut. */
async function ask(url: string): Promise<RawHttp> {
  const connection = await openRawHttp(url)
  opened.push(connection)
  connection.socket.write(LIVEZ)
  await until(
    () => connection.text().includes('}') || connection.socket.destroyed,
    () => 'no answer came',
  )
  return connection
}

/** A room's events, asked for through a proxy that names an address. */
async function listen(url: string, room: string, address: string): Promise<IncomingMessage> {
  const headers = { authorization: `Bearer ${EARS.token}`, 'x-forwarded-for': address }
  const asking = get(`${url}/api/rooms/${room}/events`, { headers, agent: false })
  const [response] = await within(once(asking, 'response'), 'an answer')
  response.on('error', () => undefined)
  return response
}

describe('connections that ask over HTTP and stay', () => {
  test('are bounded by their address, told why, counted, and let in again when others have gone', async () => {
    const { url } = await start({ WR_MAX_CONNECTIONS_PER_ADDRESS: '8' })
    const first = await ask(url)
    const others = await Promise.all(Array.from({ length: 7 }, () => ask(url)))
    for (const { text } of [first, ...others]) expect(parseResponse(text()).status).toBe(200)
    const refused = await ask(url)
    await within(refused.closed, 'the end of a connection too many')
    const answer = parseResponse(refused.text())
    expect([answer.status, codeOf(answer)]).toEqual([429, 'rate_limited'])
    expect(answer.headers.get('retry-after')).toBe('1')
    expect(answer.headers.get('connection')).toBe('close')

    first.socket.destroy()
    others[0]?.socket.destroy()
    const isLetIn = () =>
      scrape(`${url}/metrics`, METRICS).then(
        () => true,
        () => false,
      )
    await expect.poll(isLetIn).toBe(true)
    const counts = await scrape(`${url}/metrics`, METRICS)
    expect(counts.get('whisperrooms_limits_total{reason="connections_per_address"}')).toBeGreaterThanOrEqual(1)
    expect(counts.get('whisperrooms_refusals_total{reason="rate_limited"}')).toBeGreaterThanOrEqual(1)
  })

  test('at every address of the host', async () => {
    const { url } = await start({ WR_MAX_CONNECTIONS_PER_ADDRESS: '2' })
    const address = new URL(url)
    address.hostname = '127.0.0.1'
    await Promise.all([ask(address.href), ask(address.href)])
    expect(parseResponse((await ask(address.href)).text()).status).toBe(429)
  })

  test('through a trusted proxy are not: they are many people’s', async () => {
    const { url } = await start({ ...PROXY, WR_MAX_CONNECTIONS_PER_ADDRESS: '2' })
    const connections = await Promise.all(Array.from({ length: 10 }, () => ask(url)))
    for (const { text } of connections) expect(parseResponse(text()).status).toBe(200)
  })

  test('do not keep a full gateway from answering probes, and more of them than that are cut', async () => {
    const { url } = await start({ WR_MAX_CONNECTIONS: '1' })
    await enter(url, newRoom())
    await expect(connect(url, newRoom())).rejects.toMatchObject({ status: 503 })
    const statusOf = async (): Promise<number> => parseResponse((await ask(url)).text()).status
    for (let i = 0; i < 90; i++) expect(await statusOf()).toBe(200)
    const more = await Promise.all(Array.from({ length: 30 }, statusOf))
    expect(more.filter((status) => status !== 200).length).toBeGreaterThan(0)
    // Whoever only waits makes room.
    await expect.poll(statusOf, { timeout: 5_000 }).toBe(200)
    const counts = await scrape(`${url}/metrics`, METRICS)
    expect(counts.get('whisperrooms_limits_total{reason="connections"}')).toBeGreaterThan(1)
    expect(counts.get('whisperrooms_refusals_total{reason="server_full"}')).toBeGreaterThan(1)
  })
})

describe('event streams', () => {
  const BOTS = { ...PROXY, WR_BOT_TOKENS: JSON.stringify([EARS]), WR_ADMIN_TOKEN: ADMIN }

  test('count as connections of the address they were forwarded for, together with WebSockets', async () => {
    const { url } = await start({ ...BOTS, WR_MAX_CONNECTIONS_PER_ADDRESS: '3' })
    const [ours, theirs] = ['203.0.113.7', '203.0.113.8']
    const room = newRoom()
    await enter(url, room, {}, { headers: { 'x-forwarded-for': ours } })
    const streams = [await listen(url, room, ours), await listen(url, room, ours)]
    expect(streams.map(({ statusCode }) => statusCode)).toEqual([200, 200])

    const refused = await listen(url, room, ours)
    expect([refused.statusCode, refused.headers['retry-after']]).toEqual([429, '1'])
    await expect(connect(url, room, { headers: { 'x-forwarded-for': ours } })).rejects.toMatchObject({ status: 429 })
    const other = await listen(url, room, theirs)
    expect(other.statusCode).toBe(200)

    const status = await fetch(`${url}/api/admin/status`, { headers: { authorization: `Bearer ${ADMIN}` } })
    expect(await status.json()).toMatchObject({ connections: 4 })

    for (const stream of streams) stream.destroy()
    await expect.poll(async () => (await listen(url, room, ours)).statusCode).toBe(200)
    other.destroy()
  })

  test('that are refused for another reason take no place', async () => {
    const { url } = await start({ ...BOTS, WR_MAX_CONNECTIONS_PER_ADDRESS: '1' })
    for (let i = 0; i < 3; i++) expect((await listen(url, newRoom(), '203.0.113.7')).statusCode).toBe(404)
  })
})
