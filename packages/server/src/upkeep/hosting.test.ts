import type { RoomKey } from '@whisperrooms/protocol'
import { expect, test } from 'vitest'
import type { Bus } from '../bus/bus.ts'
import { memoryBus } from '../bus/memory/memory-bus.ts'
import { Expiry } from '../rooms/expiry.ts'
import { Flusher } from '../rooms/flusher.ts'
import { Shard } from '../rooms/shard.ts'
import { countingRandom } from '../testing/counting-random.ts'
import { manualTime } from '../testing/manual-time.ts'
import { subscriber } from '../testing/subscriber.ts'
import { hosting } from './hosting.ts'

const TEA = 'tea' as RoomKey

/** A bus whose shards are never taken up; `taken` says so when a subscription ends. */
function open() {
  const time = manualTime(1_000)
  const { clock, scheduler } = time
  let subscriptions = 0
  const bus: Bus = {
    ...memoryBus({ clock, scheduler, random: countingRandom(), startMs: 0, shards: 1, retentionMs: 0 }),
    subscribe() {
      subscriptions++
      const ended = Promise.withResolvers<boolean>()
      return {
        caughtUp: new Promise(() => undefined),
        taken: () => ended.promise,
        end: () => ended.resolve(false),
      }
    },
  }
  const rooms = hosting({
    bus,
    longestTtlMs: 300_000,
    lingerMs: 900_000,
    clock,
    scheduler,
    makeShard: () =>
      new Shard({
        epoch: bus.epoch(),
        busNow: clock,
        flusher: new Flusher(clock, scheduler),
        expiry: new Expiry(clock, scheduler),
        roomBytes: 2 ** 20,
        longestTtlMs: 300_000,
        onRoom: () => undefined,
        onForgotten: () => undefined,
        onParked: () => undefined,
      }),
    subscriberFor: () => subscriber(() => undefined),
    onReady: () => undefined,
    isEmpty: () => true,
  })
  return { time, rooms, subscriptions: () => subscriptions }
}

test('who waits for a shard that nobody can take up is let go after a while', async () => {
  const { time, rooms, subscriptions } = open()
  let answer: unknown = 'waits'
  void rooms.host(TEA).then((shard) => {
    answer = shard
  })
  await time.advance(7_000)
  expect(answer).toBe('waits')
  await time.advance(2_000)
  expect(answer).toBeUndefined()
  expect(subscriptions()).toBe(1)
})

test('after the stop nothing is taken up again for those who still wait', async () => {
  const { time, rooms, subscriptions } = open()
  let answer: unknown = 'waits'
  void rooms.host(TEA).then((shard) => {
    answer = shard
  })
  rooms.stop()
  await time.advance(1_000)
  expect(answer).toBeUndefined()
  expect(subscriptions()).toBe(1)
})
