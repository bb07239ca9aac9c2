import { expect, test } from 'vitest'
import { memoryBus } from '../../packages/server/src/bus/memory/memory-bus.ts'
import { countingRandom } from '../../packages/server/src/testing/counting-random.ts'
import { guest } from '../../packages/server/src/testing/guest.ts'
import { manualTime } from '../../packages/server/src/testing/manual-time.ts'
import { testGateway } from '../../packages/server/src/testing/test-gateway.ts'

// What no client of a whole gateway in memory is answered: hostile/catalogues.ts.

test('a join whose room the bus does not take is refused, and may come back', async () => {
  const gateway = await testGateway({ fortune: () => ({ kind: 'refuses', delayMs: 0 }) })
  const ada = await guest(gateway, 'tea', 'Ada')
  expect(ada.of('error')).toMatchObject([{ code: 'bus_unavailable', retryAfter: 1_000 }])
  expect(ada.socket.closedWith).toEqual({ code: 1013, reason: 'bus_unavailable' })
})

test('a join over which the gateway stumbles is refused without saying over what, and the next one is served', async () => {
  const time = manualTime()
  const bus = memoryBus({ ...time, random: countingRandom(), startMs: 0, shards: 1, retentionMs: 0 })
  let isBroken = true
  const gateway = await testGateway({
    shared: {
      time,
      bus: {
        ...bus,
        keyOf(room) {
          if (isBroken) throw new Error(`no key for ${room}`)
          return bus.keyOf(room)
        },
      },
    },
  })
  const ada = await guest(gateway, 'tea', 'Ada')
  expect(ada.of('error')).toMatchObject([{ code: 'internal', retryAfter: 1_000 }])
  expect(JSON.stringify(ada.frames)).not.toMatch(/no key|tea/)
  expect(ada.socket.closedWith).toEqual({ code: 1013, reason: 'internal' })
  isBroken = false
  expect((await guest(gateway, 'tea', 'Bob')).of('live')).toHaveLength(1)
})
