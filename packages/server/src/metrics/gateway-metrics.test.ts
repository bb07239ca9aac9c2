import { expect, test } from 'vitest'
import { guest, send } from '../testing/guest.ts'
import { gateways } from '../testing/several-gateways.ts'
import { type TestGateway, testGateway } from '../testing/test-gateway.ts'
import { gatewayMetrics } from './gateway-metrics.ts'
import { meters as countAll } from './meters.ts'

function read(gateway: TestGateway, name: string): unknown {
  const state = { shards: () => gateway.hosting.shards(), connections: () => 0, isReady: () => true }
  return gatewayMetrics(state, countAll()).find((metric) => metric.name === `whisperrooms_${name}`)?.value
}

test('the bytes of a slice of flushing are those it wrote: what a newcomer is shown is in none', async () => {
  const meters = countAll()
  const gateway = await testGateway({ meters })
  const ada = await guest(gateway, 'tea', 'Ada')
  for (let i = 0; i < 10; i++) ada.say(send('x'.repeat(1_000)))
  await gateway.time.settle()
  const before = { delivered: meters.delivery.bytes, flushed: meters.flushBytes.sum }
  expect(before.flushed).toBeGreaterThan(10_000)
  await guest(gateway, 'tea', 'Bob')
  ada.say(send('short'))
  await gateway.time.advance(1_000)
  expect(meters.delivery.bytes - before.delivered).toBeGreaterThan(10_000)
  expect(meters.flushBytes.sum - before.flushed).toBeGreaterThan(100)
  expect(meters.flushBytes.sum - before.flushed).toBeLessThan(2_000)
})

test('rooms that wait to be made again are counted, and so is who is in them', async () => {
  const { time, log, one } = await gateways({ shards: 1, takeUpMs: 200 })
  const ada = guest(one, 'tea', 'Ada')
  await time.advance(1_000)
  expect((await ada).of('live')).toHaveLength(1)
  const counts = () => ['rooms', 'parked_rooms', 'members'].map((name) => read(one, name))
  expect(counts()).toEqual([1, 0, 1])
  log.beginAnew()
  expect(counts()).toEqual([0, 1, 1])
  await time.advance(1_000)
  expect(counts()).toEqual([1, 0, 1])
})

test('a connection that is closed for abuse is counted as refused, once', async () => {
  const meters = countAll()
  const gateway = await testGateway({ meters, limits: { abuse: 1 } })
  const ada = await guest(gateway, 'tea', 'Ada')
  for (let i = 0; i < 50; i++) ada.session.connection.controlled()
  expect(ada.errors()).toEqual(['rate_limited'])
  expect([...meters.refusals]).toEqual([['rate_limited', 1]])
})
