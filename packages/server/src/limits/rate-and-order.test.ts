import { expect, test } from 'vitest'
import { guest, send } from '../testing/guest.ts'
import { testGateway } from '../testing/test-gateway.ts'
import type { Fortune } from '../testing/unreliable-bus.ts'

const WORKS: Fortune = { kind: 'works', delayMs: 0 }
const SLOW: Fortune = { kind: 'works', delayMs: 4_000 }
const LIMITS = { messages: 10, burst: 3 }

const texts = (ada: Awaited<ReturnType<typeof guest>>): unknown[] => ada.of('message').map(({ text }) => text)

test('P3 what came before a message that is too much goes its way, and what comes behind it is held', async () => {
  const gateway = await testGateway({ limits: LIMITS })
  const ada = await guest(gateway, 'tea', 'Ada')
  const said = ['1', '2', '3', '4', '5', '6'].map((text) => send(text))
  for (const frame of said) ada.say(frame)
  await gateway.time.advance(10)
  expect(texts(ada)).toEqual(['1', '2', '3'])
  expect(ada.of('error')).toMatchObject([
    { code: 'rate_limited', key: said[3]?.key, retryAfter: expect.any(Number) },
    { code: 'held', key: said[4]?.key },
    { code: 'held', key: said[5]?.key },
  ])
})

test('P3 sent again after `retryAfter`, everything arrives once and in order', async () => {
  const gateway = await testGateway({ limits: LIMITS })
  const ada = await guest(gateway, 'tea', 'Ada')
  const said = Array.from({ length: 12 }, (_, i) => send(`${i}`))
  let rounds = 0
  for (let open = said; open.length > 0 && rounds < 50; rounds++) {
    const before = ada.of('error').length
    for (const frame of open) ada.say(frame)
    await gateway.time.advance(10)
    const errors = ada.of('error').slice(before)
    open = open.filter(({ key }) => errors.some((error) => error.key === key))
    const retryAfter = errors.find(({ code }) => code === 'rate_limited')?.retryAfter ?? 0
    await gateway.time.advance(retryAfter)
  }
  expect(texts(ada)).toEqual(said.map(({ text }) => text))
  expect(rounds).toBeLessThan(8)
})

test('P3 when what came before is refused as well, it is first again', async () => {
  let fortune = WORKS
  const gateway = await testGateway({ limits: LIMITS, fortune: () => fortune })
  const ada = await guest(gateway, 'tea', 'Ada')
  fortune = SLOW
  const said = ['1', '2', '3', '4', '5'].map((text) => send(text))
  for (const frame of said) ada.say(frame)
  await gateway.time.advance(1_500)
  expect(ada.of('error').map(({ code }) => code)).toContain('bus_unavailable')
  fortune = WORKS
  // The first to be refused holds the others: the fourth alone does not pass.
  const before = ada.of('error').length
  ada.say(said[3] as (typeof said)[number])
  await gateway.time.advance(100)
  expect(ada.of('error').slice(before)).toMatchObject([{ code: 'held', key: said[3]?.key }])
  for (const frame of said) ada.say(frame)
  await gateway.time.advance(10_000)
  const first = [...new Set(texts(ada))]
  expect(first).toEqual(first.toSorted((a, b) => Number(a) - Number(b)))
})

test('P3 what is refused when it comes once more, and its answer is on its way, holds nobody', async () => {
  const gateway = await testGateway({ limits: { messages: 1, burst: 2 } })
  const ada = await guest(gateway, 'tea', 'Ada')
  const said = [send('1'), send('2')]
  for (const frame of said) ada.say(frame)
  await gateway.time.advance(10)
  // Sent before the acknowledgement was read.
  for (const frame of said) ada.say(frame)
  await gateway.time.advance(2_000)
  ada.say(send('3'))
  await gateway.time.advance(10)
  expect(texts(ada)).toEqual(['1', '2', '3'])
  expect(ada.of('ack')).toHaveLength(3)
})

test('typing too soon says when it may be said again', async () => {
  const gateway = await testGateway({ limits: LIMITS })
  const ada = await guest(gateway, 'tea', 'Ada')
  ada.say({ type: 'typing', on: true })
  await gateway.time.advance(1_000)
  ada.say({ type: 'typing', on: true })
  expect(ada.of('error')).toMatchObject([{ code: 'rate_limited', retryAfter: 2_000 }])
})

test('pings have a limit of their own, and skips pass in any case', async () => {
  const gateway = await testGateway({ limits: LIMITS })
  const ada = await guest(gateway, 'tea', 'Ada')
  for (let i = 0; i < 5; i++) ada.say({ type: 'ping', re: `${i}` })
  expect(ada.of('pong')).toHaveLength(3)
  expect(ada.of('error')).toMatchObject([
    { code: 'rate_limited', re: '3' },
    { code: 'rate_limited', re: '4' },
  ])
  ada.say({ type: 'skip', key: 'whatever-key' })
  expect(ada.of('error')).toHaveLength(2)
  ada.say(send('hello'))
  await gateway.time.advance(10)
  expect(texts(ada)).toEqual(['hello'])
})

test('what says nothing new has a limit, too: whoever floods with it is sent away', async () => {
  const gateway = await testGateway({ limits: { ...LIMITS, abuse: 20 } })
  for (const frame of [
    { type: 'typing', on: false },
    { type: 'skip', key: 'whatever-key' },
  ]) {
    const eve = await guest(gateway, 'tea', 'Eve')
    for (let i = 0; i < 200; i++) eve.say(frame)
    await gateway.time.advance(5_000)
    expect(eve.socket.closedWith).toBeDefined()
  }
})

test('whoever goes wrong faster than it may is not read for a moment, and others are', async () => {
  const gateway = await testGateway({ limits: { ...LIMITS, abuse: 100 } })
  const [ada, eve] = [await guest(gateway, 'tea', 'Ada'), await guest(gateway, 'tea', 'Eve')]
  for (let i = 0; i < 1_000; i++) eve.say({ type: 'nonsense' })
  await gateway.time.advance(10)
  expect(eve.socket.paused).toBe(true)
  const answered = eve.errors().length
  expect(answered).toBeLessThan(10)
  ada.say(send('hello'))
  await gateway.time.advance(10)
  expect(texts(ada)).toEqual(['hello'])
  await gateway.time.advance(500)
  expect(eve.errors().length).toBeGreaterThan(answered)
  expect(eve.errors().length).toBeLessThan(answered + 10)
})

test('while the memory is full, what frees some may be said', async () => {
  const gateway = await testGateway({ limits: { memory: 20_000 } })
  const ada = await guest(gateway, 'tea', 'Ada')
  for (let i = 0; i < 40; i++) ada.say(send('x'.repeat(1_000)))
  await gateway.time.advance(10)
  expect(ada.of('error').map(({ code }) => code)).toContain('server_full')
  const before = ada.of('error').length
  const [first] = ada.of('message')
  ada.say({ type: 'unsend', target: first?.offset })
  await gateway.time.advance(10)
  expect(ada.of('error')).toHaveLength(before)
  expect(ada.of('removed')).toMatchObject([{ targets: [first?.offset] }])
})
