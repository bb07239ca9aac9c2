import { expect, test } from 'vitest'
import { guest, send } from '../../packages/server/src/testing/guest.ts'
import { testGateway } from '../../packages/server/src/testing/test-gateway.ts'

/** So much of one client is taken in per turn of the event loop. */
const PER_TURN = 64
const FLOOD = 3_000

test('a packet of 3,000 pings is answered in turns, 64 in each, and others have theirs between', async () => {
  const gateway = await testGateway()
  const greedy = await guest(gateway, 'tea', 'Greedy')
  const other = await guest(gateway, 'tea', 'Other')
  await gateway.time.advance(1_000)
  const { scheduler, settle } = gateway.time

  const perTurn: number[] = []
  const answeredToOther: number[] = []
  let counted = 0
  function turn(): void {
    const pongs = greedy.of('pong').length
    perTurn.push(pongs - counted)
    counted = pongs
    other.say({ type: 'ping' })
    answeredToOther.push(other.of('pong').length)
    if (counted < FLOOD && perTurn.length < FLOOD) scheduler.soon(turn)
  }
  for (let i = 0; i < FLOOD; i++) greedy.say({ type: 'ping' })
  turn()
  await settle()

  expect(counted).toBe(FLOOD)
  expect(Math.max(...perTurn)).toBeLessThanOrEqual(PER_TURN)
  expect(perTurn.length).toBeLessThanOrEqual(3 * Math.ceil(FLOOD / PER_TURN))
  // Asked once in each turn, and answered in the same one.
  expect(answeredToOther).toEqual(perTurn.map((_, i) => i + 1))
})

test('what a client sends in one packet is taken in its order, however many turns it takes', async () => {
  const gateway = await testGateway()
  const greedy = await guest(gateway, 'tea', 'Greedy')
  const texts = Array.from({ length: 500 }, (_, i) => `message ${i}`)
  for (const text of texts) {
    greedy.say({ type: 'ping' })
    greedy.say(send(text))
  }
  await gateway.time.settle()
  expect(greedy.texts()).toEqual(texts)
  expect(greedy.of('ack')).toHaveLength(texts.length)
  expect(greedy.of('pong')).toHaveLength(texts.length)
})
