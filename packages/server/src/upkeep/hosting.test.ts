import { FIRST, type MemberId, type RoomKey } from '@whisperrooms/protocol'
import { expect, test } from 'vitest'
import type { Bus, BusSubscriber, GatewayId } from '../bus/bus.ts'
import { memoryBus } from '../bus/memory/memory-bus.ts'
import { Expiry } from '../rooms/expiry.ts'
import { Flusher } from '../rooms/flusher.ts'
import { Shard } from '../rooms/shard.ts'
import { countingRandom } from '../testing/counting-random.ts'
import { manualTime } from '../testing/manual-time.ts'
import { subscriber } from '../testing/subscriber.ts'
import { hosting } from './hosting.ts'

const TEA = 'tea' as RoomKey
const NEWCOMER = { cursor: undefined, joined: undefined }
/** Somebody who takes in all that is written. */
const READER = {
  write: () => true,
  cork: () => undefined,
  uncork: () => true,
  lagged: () => undefined,
  ended: () => undefined,
  standingChanged: () => undefined,
}

/** How the test has a shard be taken up. */
interface TakeUp {
  readonly shard: Shard
  /** Its log has been read to the end. */
  catchUp(): void
  /** Another gateway says who is at it. */
  readonly attend: BusSubscriber['attendance']
  isEnded: boolean
}

/** A bus whose shards are taken up when the test wants it; `taken` says so when a subscription ends. */
function open() {
  const time = manualTime(1_000)
  const { clock, scheduler } = time
  let subscriptions = 0
  let beginAnew: () => void = () => undefined
  const takeUps: TakeUp[] = []
  const made: Shard[] = []
  const ready: Shard[] = []
  const elsewhere = new Set<GatewayId>()
  const bus: Bus = {
    ...memoryBus({ clock, scheduler, random: countingRandom(), startMs: 0, shards: 1, retentionMs: 0 }),
    onEpoch(changed) {
      beginAnew = changed
    },
    subscribe(_shard, _sinceMs, { attendance: attend }) {
      subscriptions++
      const ended = Promise.withResolvers<boolean>()
      const caughtUp = Promise.withResolvers<void>()
      const catchUp = (): void => caughtUp.resolve()
      const takeUp: TakeUp = { shard: made.at(-1) as Shard, catchUp, attend, isEnded: false }
      takeUps.push(takeUp)
      return {
        caughtUp: caughtUp.promise,
        taken: () => Promise.race([caughtUp.promise.then(() => true), ended.promise]),
        end() {
          takeUp.isEnded = true
          ended.resolve(false)
        },
      }
    },
  }
  const rooms = hosting({
    bus,
    longestTtlMs: 300_000,
    lingerMs: 900_000,
    clock,
    scheduler,
    makeShard() {
      const shard = new Shard({
        epoch: bus.epoch(),
        busNow: clock,
        flusher: new Flusher(clock, scheduler),
        expiry: new Expiry(clock, scheduler),
        roomBytes: 2 ** 20,
        longestTtlMs: 300_000,
        onRoom: () => undefined,
        onForgotten: () => undefined,
        onParked: () => undefined,
      })
      made.push(shard)
      return shard
    },
    subscriberFor: () =>
      subscriber(() => undefined, {
        attendance: (gateway, _room, there) => {
          if (there === undefined) elsewhere.delete(gateway)
          else elsewhere.add(gateway)
        },
      }),
    onReady: (shard) => ready.push(shard),
    isEmpty: () => true,
  })
  return { time, rooms, takeUps, ready, elsewhere, beginAnew: () => beginAnew(), subscriptions: () => subscriptions }
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

test('when an epoch ends while a shard is taken up, whoever waits gets the one of the next epoch, and the old one counts for nothing', async () => {
  const { time, rooms, takeUps, ready, beginAnew } = open()
  let answer: unknown = 'waits'
  void rooms.host(TEA).then((shard) => {
    answer = shard
  })
  await time.settle()
  beginAnew()
  await time.advance(100)
  const [before, next] = takeUps
  expect([takeUps.length, before?.isEnded, next?.isEnded]).toEqual([2, true, false])
  expect(answer).toBe('waits')
  // What had been under way ends after all.
  before?.catchUp()
  await time.advance(100)
  expect([answer, ready, rooms.isReady(0), rooms.shardOf(TEA)]).toEqual(['waits', [], false, undefined])
  next?.catchUp()
  await time.settle()
  expect(answer).toBe(next?.shard)
  expect([ready, rooms.shardOf(TEA)]).toEqual([[next?.shard], next?.shard])
})

test('of rooms that were not taken in when an epoch ended those with somebody in them go on, and of the others nothing is taken over', async () => {
  const { time, rooms, takeUps, beginAnew } = open()
  void rooms.host(TEA)
  await time.settle()
  const known = { settings: {}, asOf: FIRST, openedAt: FIRST, lockedAt: undefined }
  const before = takeUps[0]?.shard
  for (const key of [TEA, 'coffee' as RoomKey]) before?.adopt(key, known)
  before?.rooms.get(TEA)?.enter(READER, 'AAAAAAAAAAAAAAAA' as MemberId, NEWCOMER, () => Buffer.alloc(0))
  beginAnew()
  await time.settle()
  expect([...(takeUps[1]?.shard.parked.keys() ?? [])]).toEqual([TEA])
  expect(rooms.find('coffee' as RoomKey)).toBeUndefined()
})

test('who was at another gateway before an epoch is not gone because this one hears of the next epoch first', async () => {
  const { time, rooms, takeUps, elsewhere, beginAnew } = open()
  void rooms.host(TEA)
  await time.settle()
  const before = takeUps[0]
  before?.shard.adopt(TEA, { settings: {}, asOf: FIRST, openedAt: FIRST, lockedAt: undefined })
  before?.shard.rooms.get(TEA)?.enter(READER, 'AAAAAAAAAAAAAAAA' as MemberId, NEWCOMER, () => Buffer.alloc(0))
  const [stays, dies] = ['stays' as GatewayId, 'dies' as GatewayId]
  for (const gateway of [stays, dies]) before?.attend(gateway, TEA, { members: [], count: 1 })
  beginAnew()
  takeUps[1]?.catchUp()
  await time.advance(2_000)
  expect([...elsewhere]).toEqual([stays, dies])
  takeUps[1]?.attend(stays, TEA, { members: [], count: 1 })
  await time.advance(1_000)
  expect([...elsewhere]).toEqual([stays])
})
