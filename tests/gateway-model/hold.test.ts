import { expect, test } from 'vitest'
import { type Guest, guest, send } from '../../packages/server/src/testing/guest.ts'
import { type TestGateway, testGateway } from '../../packages/server/src/testing/test-gateway.ts'
import type { Fortune } from '../../packages/server/src/testing/unreliable-bus.ts'

const WORKS: Fortune = { kind: 'works', delayMs: 0 }
/** Slower than the gateway waits, so that the sender is refused first and acknowledged late. */
const SLOW: Fortune = { kind: 'works', delayMs: 4_000 }
const UNTIL_REFUSED_MS = 2_000
const UNTIL_ACKNOWLEDGED_MS = 3_000

interface Held {
  readonly gateway: TestGateway
  readonly ada: Guest
  /** Refused, and on its way to the log all the same. */
  readonly slow: ReturnType<typeof send>
  /** Held behind it, in order. */
  readonly held: readonly ReturnType<typeof send>[]
}

async function heldBehindSlow(...texts: readonly string[]): Promise<Held> {
  let fortune = WORKS
  const gateway = await testGateway({ fortune: () => fortune })
  const ada = await guest(gateway, 'tea', 'Ada')
  fortune = SLOW
  const slow = send('slow')
  ada.say(slow)
  await gateway.time.advance(UNTIL_REFUSED_MS)
  fortune = WORKS
  const held = texts.map((text) => send(text))
  for (const message of held) ada.say(message)
  await gateway.time.settle()
  expect(ada.errors()).toEqual(['bus_unavailable', ...held.map(() => 'held')])
  return { gateway, ada, slow, held }
}

/** What is said from now on is not held any more. */
async function expectFree({ gateway, ada }: Held, texts: readonly string[]): Promise<void> {
  const errors = ada.errors().length
  ada.say(send('the end'))
  await gateway.time.settle()
  expect(ada.errors()).toHaveLength(errors)
  expect(ada.texts()).toEqual([...texts, 'the end'])
}

test('what was held is skipped, and then the message before it is acknowledged late: nothing is held for ever', async () => {
  const held = await heldBehindSlow('second')
  const { gateway, ada } = held
  ada.say({ type: 'skip', key: held.held[0]?.key })
  await gateway.time.advance(UNTIL_ACKNOWLEDGED_MS)
  expect(ada.of('ack')).toMatchObject([{ key: held.slow.key }])
  await expectFree(held, ['slow'])
})

test('of two that were held the first is skipped: the second is next, and sets free what is behind it', async () => {
  const held = await heldBehindSlow('second', 'third')
  const { gateway, ada } = held
  const [second, third = send('')] = held.held
  ada.say({ type: 'skip', key: second?.key })
  await gateway.time.advance(UNTIL_ACKNOWLEDGED_MS)
  ada.say(send('overtakes'))
  await gateway.time.settle()
  expect(ada.errors().at(-1)).toBe('held')
  ada.say(third)
  await gateway.time.settle()
  await expectFree(held, ['slow', 'third'])
})

test('what was held is skipped after the message before it was acknowledged late: nothing is held for ever', async () => {
  const held = await heldBehindSlow('second')
  const { gateway, ada } = held
  await gateway.time.advance(UNTIL_ACKNOWLEDGED_MS)
  ada.say({ type: 'skip', key: held.held[0]?.key })
  await expectFree(held, ['slow'])
})

test('what was held and never comes again holds nobody for good', async () => {
  const held = await heldBehindSlow('second')
  await held.gateway.time.advance(UNTIL_ACKNOWLEDGED_MS + 15_000)
  await expectFree(held, ['slow'])
})

test('the message that holds the others is skipped: whatever comes of it, nothing is held behind it', async () => {
  const held = await heldBehindSlow('second')
  const { gateway, ada } = held
  ada.say({ type: 'skip', key: held.slow.key })
  await gateway.time.advance(UNTIL_ACKNOWLEDGED_MS)
  await expectFree(held, ['slow'])
})
