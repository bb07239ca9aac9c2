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
  const attendances = new Attendances({
    gateway: 'mine',
    state: {
      async put(shard, _key, content) {
        puts.push({ shard, isPresent: content !== undefined })
        return true
      },
      follow: () => () => undefined,
      forget: () => undefined,
      close: () => undefined,
    },
    shards: () => shards,
    clock: time.clock,
  })
  return { time, attendances, puts, reshard: (count: number) => (shards = count) }
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
  const { time, attendances, puts, reshard } = open()
  attendances.put(ROOM, NOBODY)
  await time.settle()
  const more = [5, 6, 7, 8].find((count) => shardOf(ROOM, count) !== shardOf(ROOM, 4)) ?? Number.NaN
  reshard(more)
  attendances.putAllAgain()
  expect(puts.slice(1)).toEqual([
    { shard: shardOf(ROOM, 4), isPresent: false },
    { shard: shardOf(ROOM, more), isPresent: true },
  ])
})
