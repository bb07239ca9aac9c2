import { expect, test } from 'vitest'
import { CANARY } from '../support/canary.ts'
import { failToStart, startGateway } from '../support/gateway.ts'
import { enter, hear, newKey, newRoom, say } from '../support/member.ts'
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

function ownPortOf(output: string): string {
  const [, port] = /"metricsPort":(\d+)/.exec(output) ?? []
  return `http://localhost:${port}`
}
