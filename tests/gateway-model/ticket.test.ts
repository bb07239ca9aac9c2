import { expect, test } from 'vitest'
import { guest, send } from '../../packages/server/src/testing/guest.ts'
import { testGateway } from '../../packages/server/src/testing/test-gateway.ts'

const HOUR_MS = 60 * 60_000
/** As often as clients ping. */
const HEARTBEAT_MS = 15_000

test('whoever pings, however long they are here, always has a ticket to come back with', async () => {
  const gateway = await testGateway()
  const ada = await guest(gateway, 'tea', 'Ada')
  const bob = await guest(gateway, 'tea', 'Bob')
  const { cursor } = bob.welcome()
  for (let ms = 0; ms < HOUR_MS; ms += HEARTBEAT_MS) {
    await gateway.time.advance(HEARTBEAT_MS)
    bob.say({ type: 'ping' })
  }
  await gateway.time.settle()
  const pongs = bob.of('pong')
  const renewed = pongs.flatMap(({ ticket }) => ticket ?? [])
  expect(pongs[0]?.ticket).toBeUndefined()
  // One a minute is enough, and asking four times as often brings no more.
  expect(renewed).toHaveLength(HOUR_MS / 60_000)
  bob.disconnect()
  ada.say(send('while you were away'))
  await gateway.time.settle()
  const back = await guest(gateway, 'tea', 'Bob', { cursor: pongs.at(-1)?.cursor ?? cursor, ticket: renewed.at(-1) })
  expect(back.of('live')).toMatchObject([{ recovered: true, missed: 0 }])
  expect(back.texts()).toEqual(['while you were away'])
})
