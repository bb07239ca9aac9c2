import { once } from 'node:events'
import { expect, test } from 'vitest'
import { WebSocket } from 'ws'
import { CANARY } from '../support/canary.ts'
import { failToStart, startGateway } from '../support/gateway.ts'
import { enter, hear, newKey, newRoom, say } from '../support/member.ts'
import { connect } from '../support/raw-client.ts'
import { scrape } from '../support/scrape.ts'

const TOKEN = 'a-token-for-metrics-alone'

test('without a port or a token there are no metrics', async () => {
  const gateway = await startGateway()
  expect((await fetch(`${gateway.url}/metrics`)).status).toBe(404)
  await gateway.stop()
})

test('on the port of everything else they are behind the token', async () => {
  const gateway = await startGateway({ WR_METRICS_TOKEN: TOKEN })
  const url = `${gateway.url}/metrics`
  for (const authorization of ['', TOKEN, `Bearer ${TOKEN}x`, `Basic ${TOKEN}`]) {
    const response = await fetch(url, { headers: { authorization } })
    expect(response.status).toBe(401)
    expect(response.headers.get('www-authenticate')).toBe('Bearer')
  }
  expect((await scrape(url, TOKEN)).get('whisperrooms_ready')).toBe(1)
  expect(gateway.output()).not.toContain(TOKEN)
  await gateway.stop()
})

test('on a port of their own there is nothing else, and they are not on the other one', async () => {
  const gateway = await startGateway({ WR_METRICS_PORT: '0' })
  const own = ownPortOf(gateway.output())
  const response = await fetch(`${own}/metrics`)
  expect(response.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8')
  for (const path of ['/', '/livez', '/metrics/', '/api/limits']) expect((await fetch(own + path)).status).toBe(404)
  expect((await fetch(`${own}/metrics`, { method: 'POST' })).status).toBe(404)
  expect((await fetch(`${gateway.url}/metrics`)).status).toBe(404)
  expect(await gateway.stop()).toBe(0)
})

test('a port of their own that is in use is named', async () => {
  const gateway = await startGateway({ WR_METRICS_TOKEN: TOKEN })
  const { code, output } = await failToStart({ WR_METRICS_PORT: String(gateway.port) })
  expect(code).toBe(1)
  expect(output).toContain('WR_METRICS_PORT cannot be listened on (EADDRINUSE)')
  await gateway.stop()
})

test('they count what happens, and say nothing of whom and what', async () => {
  const gateway = await startGateway({ WR_METRICS_TOKEN: TOKEN })
  const url = `${gateway.url}/metrics`
  const before = await scrape(url, TOKEN)
  const room = newRoom()
  const [ada, bob] = [await enter(gateway.url, room, { name: CANARY }), await enter(gateway.url, room)]
  for (const text of ['one', 'two', CANARY]) {
    await say(ada, { text, ttl: 120 })
    await hear(bob, text)
  }
  bob.client.send({ type: 'send', key: newKey(), text: '' })
  await bob.client.next('error')
  bob.client.send({ type: CANARY })
  await bob.client.next('error')

  const after = await scrape(url, TOKEN)
  const grown = (name: string) => (after.get(name) ?? 0) - (before.get(name) ?? 0)
  expect(after.get('whisperrooms_connections')).toBe(2)
  expect(after.get('whisperrooms_members')).toBe(2)
  expect(after.get('whisperrooms_rooms')).toBe(1)
  expect(after.get('whisperrooms_live_messages')).toBe(3)
  expect(after.get('whisperrooms_log_bytes')).toBeGreaterThan(0)
  expect(after.get('whisperrooms_lagging_members')).toBe(0)
  expect(grown('whisperrooms_observed_total')).toBeGreaterThanOrEqual(4)
  expect(grown('whisperrooms_submitted_total')).toBeGreaterThanOrEqual(3)
  expect(grown('whisperrooms_delivered_frames_total')).toBeGreaterThanOrEqual(6)
  expect(grown('whisperrooms_delivered_bytes_total')).toBeGreaterThan(600)
  expect(grown('whisperrooms_refusals_total{reason="unknown_type"}')).toBe(1)
  expect(grown('whisperrooms_flush_seconds_count')).toBeGreaterThanOrEqual(3)
  expect(grown('whisperrooms_bus_seconds_count')).toBeGreaterThanOrEqual(3)
  expect(after.get('process_resident_memory_bytes')).toBeGreaterThan(1e6)
  expect(after.get('nodejs_eventloop_delay_seconds{quantile="0.99"}')).toBeGreaterThanOrEqual(0)

  const text = await (await fetch(url, { headers: { authorization: `Bearer ${TOKEN}` } })).text()
  for (const secret of [CANARY, room, ada.welcome.you.id, ada.session]) expect(text).not.toContain(secret)
  await gateway.stop()
})

test('what is refused at the door is counted by its code', async () => {
  const gateway = await startGateway({ WR_METRICS_TOKEN: TOKEN, WR_MAX_CONNECTIONS: '1' })
  const url = `${gateway.url}/metrics`
  const elsewhere = new WebSocket(`${gateway.url}/elsewhere`)
  const foreign = new WebSocket(`${gateway.url}/ws/${newRoom()}`, { origin: 'https://elsewhere.example' })
  for (const socket of [elsewhere, foreign]) await once(socket, 'error')
  const misnamed = await connect(gateway.url, `${CANARY}$`)
  expect(await misnamed.next('error')).toMatchObject({ code: 'bad_room' })
  await misnamed.closed
  const { client } = await enter(gateway.url, newRoom())
  await expect(connect(gateway.url, newRoom())).rejects.toMatchObject({ status: 503 })
  const counts = await scrape(url, TOKEN)
  const refused = [...counts].filter(([name]) => name.startsWith('whisperrooms_refusals_total'))
  expect(Object.fromEntries(refused)).toEqual({
    'whisperrooms_refusals_total{reason="no_such_room"}': 1,
    'whisperrooms_refusals_total{reason="not_allowed"}': 1,
    'whisperrooms_refusals_total{reason="bad_room"}': 1,
    'whisperrooms_refusals_total{reason="server_full"}': 1,
  })
  client.close()
  await gateway.stop()
})

test('what the operator does is counted by the action, and what was refused is not', async () => {
  const token = 'an-operators-token-of-38-characters-00'
  const gateway = await startGateway({ WR_METRICS_TOKEN: TOKEN, WR_ADMIN_TOKEN: token })
  const room = newRoom()
  await enter(gateway.url, room)
  const act = async (path: string, body?: object) => {
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
    const url = `${gateway.url}/api/admin/${path}`
    return (await fetch(url, { method: 'POST', headers, body: JSON.stringify(body ?? {}) })).status
  }
  const address = '203.0.113.7'
  expect(await act(`rooms/${newRoom()}/burn`)).toBe(404)
  expect(await act('addresses/unblock', { address })).toBe(404)
  expect(await act('addresses/block', { address, seconds: -1 })).toBe(400)
  for (const action of ['lock', 'unlock', 'burn', 'burn', 'close'])
    expect(await act(`rooms/${room}/${action}`)).toBe(200)
  expect(await act('addresses/block', { address, seconds: 60 })).toBe(200)
  expect(await act('addresses/unblock', { address })).toBe(200)
  expect(await act('read-only', { on: true })).toBe(200)
  const counts = await scrape(`${gateway.url}/metrics`, TOKEN)
  const acted = [...counts].flatMap(([name, count]) => {
    const [, action] = /^whisperrooms_operator_actions_total\{action="(\w+)"\}$/.exec(name) ?? []
    return action === undefined ? [] : [[action, count]]
  })
  expect(Object.fromEntries(acted)).toEqual({
    close: 1,
    burn: 2,
    lock: 1,
    unlock: 1,
    block: 1,
    unblock: 1,
    read_only_on: 1,
    read_only_off: 0,
  })
  await gateway.stop()
})

function ownPortOf(output: string): string {
  const [, port] = /"metricsPort":(\d+)/.exec(output) ?? []
  return `http://localhost:${port}`
}
