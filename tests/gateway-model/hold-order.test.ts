import { expect, test } from 'vitest'
import { guest, send } from '../../packages/server/src/testing/guest.ts'
import { testGateway } from '../../packages/server/src/testing/test-gateway.ts'
import type { Fortune } from '../../packages/server/src/testing/unreliable-bus.ts'

const WORKS: Fortune = { kind: 'works', delayMs: 0 }
const SLOW: Fortune = { kind: 'works', delayMs: 4_000 }

test('P3 a message refused at once does not hold those that came before it', async () => {
  let fortune = WORKS
  const gateway = await testGateway({ fortune: () => fortune })
  const ada = await guest(gateway, 'tea', 'Ada')
  fortune = SLOW
  const [first, second] = [send('first'), send('second')]
  ada.say(first)
  await gateway.time.advance(1_050)
  ada.say(second)
  await gateway.time.advance(500)
  expect(ada.errors().toSorted()).toEqual(['bus_unavailable', 'held'])
  expect(ada.of('error').find(({ code }) => code === 'bus_unavailable')).toMatchObject({
    key: first.key,
  })
})

test('P2 what was handed to the bus is never told as held: it may be in the log', async () => {
  let fortune = WORKS
  const gateway = await testGateway({ fortune: () => fortune })
  const ada = await guest(gateway, 'tea', 'Ada')
  fortune = SLOW
  const [first, second] = [send('first'), send('second')]
  ada.say(first)
  ada.say(second)
  await gateway.time.advance(2_000)
  const heldKeys = ada
    .of('error')
    .filter(({ code }) => code === 'held')
    .map(({ key }) => key)
  await gateway.time.advance(10_000)
  const inLog = ada.of('message').map(({ key }) => key)
  expect(inLog.filter((key) => heldKeys.includes(key))).toEqual([])
})
