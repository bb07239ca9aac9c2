import { BEFORE_FIRST, type RoomKey } from '@whisperrooms/protocol'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { manualTime } from '../../testing/manual-time.ts'
import { rawRecord } from '../../testing/raw-record.ts'
import { subscriber } from '../../testing/subscriber.ts'
import { type StoredMessage, storedMessage } from './driver.ts'
import { KafkaClock } from './kafka-clock.ts'
import { LogFollower } from './log-follower.ts'
import { recordCodec } from './record-codec.ts'
import { Waiting } from './waiting.ts'

const ROOMS = ['tea', 'rum', 'ale'].map((name) => name.padEnd(22, '-') as RoomKey)
const [TEA, RUM] = ROOMS as [RoomKey, RoomKey]

interface Taken {
  readonly room: RoomKey
  readonly offset: number
}

function open() {
  const time = manualTime(1_000)
  const codec = recordCodec({ macKey: Buffer.alloc(32) })
  const clock = new KafkaClock(time.clock)
  clock.probe(0, 0, 0)
  const taken: Taken[] = []
  const lost: number[] = []
  let upTo: number = BEFORE_FIRST
  let hasCaughtUp = false
  const waiting = new Waiting(time.clock)
  const follower = new LogFollower({
    topic: 'log',
    partition: 0,
    from: 0,
    codec,
    subscriber: {
      ...subscriber(() => undefined),
      take(batch, _readUpToMs, passed = BEFORE_FIRST) {
        for (const { record, offset } of batch) taken.push({ room: record.room, offset })
        upTo = Math.max(upTo, passed)
        return undefined
      },
      missed: ({ offset }) => lost.push(offset),
    },
    time: () => clock,
    scheduler: time.scheduler,
    waiting,
    looked: () => undefined,
    caughtUp: () => {
      hasCaughtUp = true
    },
    hasStepped: async () => false,
    diverged: () => undefined,
    trouble: () => undefined,
  })
  let end = 0

  /** What one room's next record is stored as; `undefined`: one that cannot be read. */
  function stored(room: RoomKey, isReadable = true): StoredMessage {
    const value = isReadable ? codec.encode(rawRecord('touch', room)) : Buffer.from('{"v":99}\n')
    return storedMessage(end++, 0, Buffer.from(room), value)
  }

  const offsetsOf = (room: RoomKey) => taken.filter((one) => one.room === room).map(({ offset }) => offset)
  return {
    time,
    waiting,
    follower,
    stored,
    taken,
    lost,
    offsetsOf,
    upTo: () => upTo,
    hasCaughtUp: () => hasCaughtUp,
    /** Reads these; at the end of what there is unless there is `more`. */
    read(messages: readonly StoredMessage[], more = false): void {
      void follower.took(messages, end, more ? undefined : time.clock())
    },
  }
}

test('a room that somebody waits for is taken in first, and the others in turns', async () => {
  const { time, follower, stored, taken, read, upTo, hasCaughtUp } = open()
  const others = Array.from({ length: 1_000 }, () => stored(RUM))
  let isTaken = false
  void follower.taken(TEA).then(() => {
    isTaken = true
  })
  read(others, true)
  expect(taken).toEqual([])
  read([stored(TEA)])
  expect(taken[0]).toEqual({ room: TEA, offset: 1_000 })
  expect(taken.length).toBeLessThan(400)
  expect(upTo()).toBe(1_000)
  expect(hasCaughtUp()).toBe(false)
  await time.settle()
  expect(isTaken).toBe(true)
  expect(taken).toHaveLength(1_001)
  expect(hasCaughtUp()).toBe(true)
})

test('a large room, and more than is kept, is taken in in turns: nobody waits for all of it', async () => {
  const { time, follower, stored, taken, lost, read, hasCaughtUp } = open()
  const unreadable = Buffer.alloc(1024 * 1024)
  const large = Array.from({ length: 100 }, () => storedMessage(stored(RUM).offset, 0, Buffer.from(RUM), unreadable))
  read(large, true)
  expect(lost).toHaveLength(50)
  await time.settle()
  expect(lost).toHaveLength(100)
  read([stored(RUM), stored(TEA)])
  await time.settle()
  expect(hasCaughtUp()).toBe(true)
  expect(taken.slice(-2)).toMatchObject([{ room: RUM }, { room: TEA }])
  expect(await follower.taken(TEA)).toBe(true)
})

test('who waits for a room is told when following ends, also in the middle of it', async () => {
  const { follower, stored, taken, read, time } = open()
  read(Array.from({ length: 1_000 }, () => stored(RUM)))
  const waiting = follower.taken(RUM)
  follower.end()
  expect(await follower.taken(TEA)).toBe(false)
  await time.settle()
  expect(await waiting).toBe(false)
  expect(taken).toHaveLength(50)
})

test('a large room that somebody waits for is taken in in slices, and nothing else is told before it', async () => {
  const { time, follower, stored, taken, read, upTo, hasCaughtUp } = open()
  const waiting = follower.taken(TEA)
  read([...Array.from({ length: 2_000 }, () => stored(TEA)), stored(RUM)])
  expect(taken).toHaveLength(500)
  expect(upTo()).toBe(BEFORE_FIRST)
  await time.settle()
  expect(await waiting).toBe(true)
  expect(taken.findIndex(({ room }) => room === RUM)).toBe(2_000)
  expect(upTo()).toBe(2_000)
  expect(hasCaughtUp()).toBe(true)
})

test('while somebody waits for a room of any shard, rooms that nobody waits for make way', async () => {
  const { time, waiting, stored, taken, read, hasCaughtUp } = open()
  const { promise, resolve } = Promise.withResolvers<void>()
  const waited = waiting.whilst(promise)
  read(Array.from({ length: 1_000 }, () => stored(RUM)))
  await time.settle()
  expect(taken).toHaveLength(50)
  await time.advance(1_000)
  expect(taken.length).toBeGreaterThan(50)
  expect(taken.length).toBeLessThan(1_000)
  resolve()
  await waited
  const before = taken.length
  await time.advance(50)
  expect(taken.length).toBe(before)
  await time.advance(200)
  expect(taken).toHaveLength(1_000)
  expect(hasCaughtUp()).toBe(true)
})

test('when they come and come, the others are taken in all the same', async () => {
  const { time, waiting, stored, read, hasCaughtUp } = open()
  void waiting.whilst(new Promise(() => undefined))
  read(Array.from({ length: 10_000 }, () => stored(RUM)))
  await time.advance(5_000)
  expect(hasCaughtUp()).toBe(true)
})

test('what could not be read is told in its place', async () => {
  const { time, stored, taken, lost, read } = open()
  read([stored(TEA), stored(TEA, false), stored(TEA)])
  expect(lost).toEqual([1])
  await time.settle()
  expect(taken.map(({ offset }) => offset)).toEqual([0, 2])
})

test('when something is gone, all that was there before it is taken in before that is told', () => {
  const { follower, stored, taken, lost, read } = open()
  read([stored(TEA), stored(RUM)], true)
  follower.overtaken(9)
  expect(taken).toHaveLength(2)
  expect(lost).toEqual([8])
})

test('however it comes and whoever waits, each room’s records come once, in order', async () => {
  const step = fc.oneof(
    { weight: 4, arbitrary: fc.record({ read: fc.array(fc.nat(2), { maxLength: 150 }), more: fc.boolean() }) },
    { weight: 1, arbitrary: fc.record({ want: fc.nat(2) }) },
    { weight: 1, arbitrary: fc.constant('turn' as const) },
  )
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 12 }), async (steps) => {
      const { time, follower, stored, offsetsOf, read, hasCaughtUp } = open()
      const all = new Map<RoomKey, number[]>(ROOMS.map((room) => [room, []]))
      const wanted: Promise<boolean>[] = []
      for (const one of steps) {
        if (one === 'turn') await time.settle()
        else if ('want' in one) wanted.push(follower.taken(ROOMS[one.want] ?? TEA))
        else {
          const messages = one.read.map((i) => stored(ROOMS[i] ?? TEA))
          for (const { key, offset } of messages) all.get(String(key) as RoomKey)?.push(offset)
          read(messages, one.more)
        }
      }
      read([])
      await time.settle()
      await Promise.all(wanted)
      expect(hasCaughtUp()).toBe(true)
      for (const [room, offsets] of all) expect(offsetsOf(room)).toEqual(offsets)
    }),
    { numRuns: 300 },
  )
})
