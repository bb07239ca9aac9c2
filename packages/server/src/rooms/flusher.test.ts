import type { Epoch, MemberId, Offset, RoomKey } from '@whisperrooms/protocol'
import { expect, test } from 'vitest'
import { manualTime } from '../testing/manual-time.ts'
import { NOBODY } from './author.ts'
import type { Sink } from './cursor.ts'
import { Flusher } from './flusher.ts'
import { Room } from './room.ts'
import { ENTRY } from './segment.ts'

test('P8 a large room does not keep a small one waiting for longer than its turn', async () => {
  const time = manualTime()
  // Every write takes 10 µs, so that the large room's 5,000 members take 50 ms.
  let spent = 0
  const clock = () => time.clock() + spent
  const flusher = new Flusher(clock, time.scheduler)
  const host = {
    epoch: 'epoch' as Epoch,
    lastOffset: () => 0 as Offset,
    readUpTo: clock,
    now: clock,
    dirty: (room: Room) => flusher.add(room),
    deadlineChanged: () => undefined,
    grew: () => undefined,
    maxBytes: 2 ** 20,
  }
  const large = new Room('large' as RoomKey, host)
  const small = new Room('small' as RoomKey, host)
  let writesToLarge = 0
  let smallWasServedAfter = Number.NaN
  const sink = (written: () => void): Sink => ({
    write() {
      spent += 0.01
      written()
      return true
    },
    cork: () => undefined,
    uncork: () => true,
    ended: () => undefined,
    standingChanged: () => undefined,
    lagged: () => undefined,
  })
  const enter = (room: Room, written: () => void) =>
    room.enter(sink(written), 'AAAAAAAAAAAAAAAA' as MemberId, { cursor: undefined, joined: undefined }, () =>
      Buffer.alloc(2),
    )
  for (let i = 0; i < 5_000; i++) enter(large, () => writesToLarge++)
  enter(small, () => {
    smallWasServedAfter = writesToLarge
  })
  await time.settle()
  writesToLarge = 0

  const say = (room: Room) =>
    room.append({
      kind: ENTRY.message,
      offset: 1 as Offset,
      deadlineMs: 1_000_000,
      author: NOBODY,
      head: '{}',
      tail: undefined,
    })
  say(large)
  say(small)
  await time.settle()
  expect(writesToLarge).toBe(5_000)
  expect(smallWasServedAfter).toBeLessThanOrEqual(450)
})
