import type { RoomId } from '@whisperrooms/protocol'
import { expect, test } from 'vitest'
import type { Bus } from '../bus/bus.ts'
import { guest, send, sessionOf } from '../testing/guest.ts'
import { type ManualTime, manualTime } from '../testing/manual-time.ts'
import { gateways } from '../testing/several-gateways.ts'
import { sharedLog } from '../testing/shared-log.ts'
import { testGateway } from '../testing/test-gateway.ts'

const TEA = 'tea' as RoomId
/** By then a gateway that takes the shard up does not read in the log that the room was closed. */
const BEYOND_THE_LOG_MS = 40_000

/** A bus on which it is known some time after the last record was taken in that it was the last, as on Kafka. */
function slowToCatchUp(bus: Bus, { scheduler }: ManualTime): Bus {
  return {
    ...bus,
    subscribe(shard, sinceMs, subscriber) {
      const { end, caughtUp } = bus.subscribe(shard, sinceMs, subscriber)
      const known = Promise.withResolvers<void>()
      void caughtUp.then(() => scheduler.after(100, known.resolve))
      return { end, caughtUp: known.promise, taken: () => known.promise.then(() => true) }
    },
  }
}

test('what is kept of a room that was closed goes, also when whoever closed it died before it took that away', async () => {
  const { time, log, open } = await gateways({ shards: 1 })
  const bus = log.open()
  const dying = await open({
    ...bus,
    putSnapshot: (room, snapshot) => snapshot !== undefined && bus.putSnapshot(room, snapshot),
  })
  await guest(dying, 'tea', 'Ada', { create: { ttl: 3 } })
  // By then it is kept beside the log.
  await time.advance(3_000)
  const closing = dying.operator.close(TEA)
  await time.settle()
  expect(await closing).toBeUndefined()
  dying.stop()

  // Another takes up the shard for another room, and reads of the close.
  const other = await open(slowToCatchUp(log.open(), time))
  const bob = other.connect('coffee')
  bob.say({ type: 'join', protocol: 1, name: 'Bob', session: sessionOf('Bob'), create: {} })
  await time.advance(BEYOND_THE_LOG_MS)
  expect(bob.socket.received[0]).toMatchObject({ type: 'welcome' })
  const cy = await guest(await open(), 'tea', 'Cy', { create: undefined })
  expect(cy.errors()).toEqual(['no_such_room'])
})

test('closing a room makes room: where the memory was full, others may speak again', async () => {
  const gateway = await testGateway({ limits: { memory: 20_000 } })
  const { time, operator } = gateway
  const ada = await guest(gateway, 'tea', 'Ada')
  const bob = await guest(gateway, 'coffee', 'Bob')
  for (let i = 0; i < 40; i++) ada.say(send('x'.repeat(1_000)))
  await time.settle()
  const message = send('may I?')
  bob.say(message)
  expect(bob.errors()).toEqual(['server_full'])
  const closing = operator.close(TEA)
  await time.settle()
  expect(await closing).toBeUndefined()
  bob.say(message)
  await time.settle()
  expect(bob.texts()).toEqual(['may I?'])
})

test('when the log begins anew the memory is free again: nothing of before is kept or counted', async () => {
  const time = manualTime()
  const log = sharedLog(time)
  const gateway = await testGateway({ limits: { memory: 20_000 }, shared: { time, bus: log.open() } })
  const ada = await guest(gateway, 'tea', 'Ada')
  for (let i = 0; i < 40; i++) ada.say(send('x'.repeat(1_000)))
  await time.settle()
  expect(ada.errors()).toContain('server_full')
  ada.disconnect()
  log.beginAnew()
  await time.advance(3_000)
  const bob = await guest(gateway, 'tea', 'Bob')
  bob.say(send('room for this'))
  await time.settle()
  expect([bob.texts(), bob.errors()]).toEqual([['room for this'], []])
})
