import type { Epoch, Offset, RoomKey } from '@whisperrooms/protocol'
import { expect, test } from 'vitest'
import { manualTime } from '../testing/manual-time.ts'
import { NOBODY } from './author.ts'
import { Expiry } from './expiry.ts'
import { Room } from './room.ts'
import { ENTRY } from './segment.ts'

function open() {
  const time = manualTime()
  const { clock, scheduler } = time
  const expiry = new Expiry(clock, scheduler)
  let looks = 0
  class WatchedRoom extends Room {
    override expire(budget: number): boolean {
      looks++
      return super.expire(budget)
    }
  }
  const room = new WatchedRoom('tea' as RoomKey, {
    epoch: 'epoch' as Epoch,
    lastOffset: () => 0 as Offset,
    readUpTo: clock,
    now: clock,
    dirty: () => undefined,
    deadlineChanged: (changed) => expiry.watch(changed),
    grew: () => undefined,
    maxBytes: 2 ** 24,
  })
  let offset = 0
  const say = (ttlMs: number): void =>
    room.append({
      kind: ENTRY.message,
      offset: offset++ as Offset,
      deadlineMs: clock() + ttlMs,
      author: NOBODY,
      head: '{}',
      tail: undefined,
    })
  return { time, expiry, room, say, looks: () => looks }
}

test('P5 everything vanishes within a moment of its deadline, in whatever order it came', async () => {
  const { time, room, say } = open()
  for (const ttlMs of [5_000, 1_000, 3_000, 1_001, 60_000]) say(ttlMs)
  await time.advance(999)
  expect(room.log.messages).toBe(5)
  await time.advance(25)
  expect(room.log.messages).toBe(3)
  await time.advance(4_000)
  expect(room.log.messages).toBe(1)
})

test('many deadlines that each came nearer cost no more than one', async () => {
  const { time, say, looks } = open()
  for (let i = 0; i < 5_000; i++) say(60_000 - i)
  say(125_000)
  await time.advance(120_000)
  const before = looks()
  await time.advance(10_000)
  expect(looks() - before).toBeLessThanOrEqual(2)
})
