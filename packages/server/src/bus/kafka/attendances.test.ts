import type { RoomKey } from '@whisperrooms/protocol'
import { expect, test } from 'vitest'
import { manualTime } from '../../testing/manual-time.ts'
import { type Attendance, shardOf } from '../bus.ts'
import { Attendances } from './attendances.ts'

const ROOM = 'tea' as RoomKey
const NOBODY: Attendance = { members: [], count: 0 }

function open() {
  const time = manualTime()
  const puts: { shard: number; isPresent: boolean }[] = []
  let shards = 4
  let isDown = false
  const attendances = new Attendances({
    gateway: 'mine',
    state: {
      async put(shard, _key, content) {
        puts.push({ shard, isPresent: content !== undefined })
        return !isDown
      },
      follow: () => () => undefined,
      forget: () => undefined,
      close: () => undefined,
    },
    shards: () => shards,
    clock: time.clock,
  })
  /** Changes the number of shards to one with which the room is in another. */
  function reshard(): void {
    shards = [5, 6, 7, 8].find((count) => shardOf(ROOM, count) !== shardOf(ROOM, 4)) ?? Number.NaN
  }
  const down = (is: boolean) => {
    isDown = is
  }
  return { time, attendances, puts, reshard, down, shard: () => shardOf(ROOM, shards) }
}

test('everything can be put again at once', async () => {
  const { time, attendances, puts } = open()
  attendances.put(ROOM, NOBODY)
  await time.settle()
  attendances.putAllAgain()
  const there = { shard: shardOf(ROOM, 4), isPresent: true }
  expect(puts).toEqual([there, there])
})

test('with another number of shards it is withdrawn where it was, and put where it belongs', async () => {
  const { time, attendances, puts, reshard, shard } = open()
  attendances.put(ROOM, NOBODY)
  await time.settle()
  const before = shard()
  reshard()
  attendances.putAllAgain()
  expect(puts.slice(1)).toEqual([
    { shard: before, isPresent: false },
    { shard: shard(), isPresent: true },
  ])
})

test('what could not be withdrawn where it was is withdrawn later, and what was said since stays', async () => {
  const { time, attendances, puts, reshard, shard, down } = open()
  attendances.put(ROOM, NOBODY)
  await time.settle()
  const before = shard()
  reshard()
  down(true)
  attendances.put(ROOM, NOBODY)
  attendances.putAllAgain()
  await time.settle()
  down(false)
  puts.length = 0
  for (let i = 0; i < 2; i++) {
    attendances.refresh()
    await time.settle()
  }
  expect(puts).toHaveLength(2)
  expect(puts).toContainEqual({ shard: before, isPresent: false })
  expect(puts).toContainEqual({ shard: shard(), isPresent: true })
})

test('whoever left while the number of shards changed stays away', async () => {
  const { time, attendances, puts, reshard } = open()
  attendances.put(ROOM, NOBODY)
  await time.settle()
  reshard()
  attendances.put(ROOM, undefined)
  await time.settle()
  puts.length = 0
  attendances.putAllAgain()
  expect(puts).toEqual([])
})
