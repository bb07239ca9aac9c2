import { SpanStatusCode, trace } from '@opentelemetry/api'
import {
  AlwaysOffSampler,
  BasicTracerProvider,
  InMemorySpanExporter,
  type Sampler,
  SimpleSpanProcessor,
} from '@opentelemetry/sdk-trace-base'
import { afterEach, expect, test } from 'vitest'
import { asGuest, guest, send } from '../testing/guest.ts'
import { manualTime } from '../testing/manual-time.ts'
import { sharedLog } from '../testing/shared-log.ts'
import { testGateway } from '../testing/test-gateway.ts'
import { loadTracing, type Tracing } from './tracing.ts'

afterEach(() => trace.disable())

/** What is told to an SDK that is loaded. */
async function traced(sampler?: Sampler) {
  const exporter = new InMemorySpanExporter()
  const spanProcessors = [new SimpleSpanProcessor(exporter)]
  trace.setGlobalTracerProvider(
    new BasicTracerProvider({ spanProcessors, ...(sampler === undefined ? {} : { sampler }) }),
  )
  const tracing = await loadTracing()
  if (tracing === undefined) throw new Error('there is a tracer provider')
  const spans = (what: string) =>
    exporter
      .getFinishedSpans()
      .filter(({ name }) => name === `whisperrooms.${what}`)
      .map(({ attributes, status }) => ({ ...attributes, isError: status.code === SpanStatusCode.ERROR }))
  return { tracing, spans }
}

const OK = { 'whisperrooms.outcome': 'ok', isError: false }

test('where no tracer provider is registered nobody traces', async () => {
  expect(await loadTracing()).toBeUndefined()
})

test('a message is one span, whether it comes into the log or is refused', async () => {
  const { tracing, spans } = await traced()
  const gateway = await testGateway({ tracing })
  const ada = await guest(gateway, 'tea', 'Ada')
  ada.say(send('one'))
  await gateway.time.settle()
  expect(spans('message')).toEqual([{ ...OK, 'whisperrooms.bytes': expect.any(Number) }])
  ada.say(send('two', { ttl: 0 }))
  ada.say({ type: 'typing', on: true })
  await gateway.time.settle()
  expect(ada.errors()).toEqual(['bad_ttl'])
  expect(spans('message')).toMatchObject([OK, { 'whisperrooms.outcome': 'bad_ttl', isError: false }])
})

test('a message that the bus did not confirm in time is the server’s fault, and is not told again when it comes after all', async () => {
  const { tracing, spans } = await traced()
  let delayMs = 0
  const gateway = await testGateway({ tracing, fortune: () => ({ kind: 'works', delayMs }) })
  const ada = await guest(gateway, 'tea', 'Ada')
  delayMs = 3_000
  ada.say(send('late'))
  await gateway.time.advance(5_000)
  expect([ada.errors(), ada.of('ack').length]).toEqual([['bus_unavailable'], 1])
  expect(spans('message')).toMatchObject([{ 'whisperrooms.outcome': 'bus_unavailable', isError: true }])
})

test('a join is one span: until live begins, it is refused, or the socket has gone', async () => {
  const { tracing, spans } = await traced()
  const gateway = await testGateway({ tracing })
  const ada = await guest(gateway, 'tea', 'Ada')
  for (const text of ['one', 'two']) ada.say(send(text))
  await gateway.time.settle()
  await guest(gateway, 'tea', 'Bob')
  await guest(gateway, 'coffee', 'Cy', { create: undefined })
  const dee = gateway.connect('cocoa')
  dee.say({ type: 'join', protocol: 1, name: 'Dee', session: 'Dee'.padEnd(22, '-'), create: {} })
  dee.disconnect()
  await gateway.time.settle()
  expect(asGuest(dee).of('welcome')).toEqual([])
  expect(spans('join')).toEqual([
    { ...OK, 'whisperrooms.recovered': false, 'whisperrooms.replayed': 0 },
    { ...OK, 'whisperrooms.recovered': false, 'whisperrooms.replayed': expect.any(Number) },
    { 'whisperrooms.outcome': 'no_such_room', isError: false },
    { 'whisperrooms.outcome': 'left', isError: false },
  ])
  expect(spans('join')[1]).toHaveProperty(['whisperrooms.replayed'], 2)
})

test('a take-up is one span, until the shard has been read or is let go', async () => {
  const { tracing, spans } = await traced()
  const time = manualTime()
  const shared = { time, bus: sharedLog(time, { shards: 1, takeUpMs: 500 }).open() }
  const gateway = await testGateway({ tracing, shared })
  const ada = gateway.connect('tea')
  ada.say({ type: 'join', protocol: 1, name: 'Ada', session: 'Ada'.padEnd(22, '-'), create: {} })
  await time.advance(400)
  expect(spans('take_up')).toEqual([])
  await time.advance(200)
  expect(spans('take_up')).toEqual([{ ...OK, 'whisperrooms.shard': 0 }])
  gateway.stop()
  expect(spans('take_up')).toHaveLength(1)

  const other = await testGateway({ tracing, shared })
  const bob = other.connect('tea')
  bob.say({ type: 'join', protocol: 1, name: 'Bob', session: 'Bob'.padEnd(22, '-') })
  await time.advance(100)
  other.stop()
  expect(spans('take_up')[1]).toEqual({ 'whisperrooms.outcome': 'let_go', 'whisperrooms.shard': 0, isError: false })
})

test('what the SDK does not sample is told to nobody', async () => {
  const { tracing, spans } = await traced(new AlwaysOffSampler())
  const gateway = await testGateway({ tracing })
  const ada = await guest(gateway, 'tea', 'Ada')
  ada.say(send('one'))
  await gateway.time.settle()
  expect(ada.of('ack')).toHaveLength(1)
  expect([...spans('join'), ...spans('message')]).toEqual([])
})

test('what an exporter cannot pass on keeps nobody from ending', async () => {
  const forceFlush = async () => {
    throw new Error('the collector is away')
  }
  trace.setGlobalTracerProvider(Object.assign(new BasicTracerProvider(), { forceFlush }))
  const tracing: Tracing | undefined = await loadTracing()
  await expect(tracing?.flush()).resolves.toBeUndefined()
})
