import type { RoomKey } from '@whisperrooms/protocol'
import { expect, test } from 'vitest'
import { manualTime } from '../../testing/manual-time.ts'
import { memoryDriver } from '../../testing/memory-driver.ts'
import { stateCodec, stateKey } from './state-entries.ts'
import { stateTopic } from './state-topic.ts'

const KEY = stateKey.attendance('tea' as RoomKey, 'gone')
const HOUR_MS = 3_600_000

/** Somebody else's attendance, read here while its gateway is there. */
async function open() {
  const time = manualTime()
  const brokers = memoryDriver(time)
  let isHere = true
  const state = stateTopic({
    driver: brokers.driver,
    topic: 'state',
    partitions: () => 8,
    codec: stateCodec(Buffer.alloc(32)),
    ...time,
    isHere: () => isHere,
    trouble: () => undefined,
  })
  const stop = state.follow(5, { entry: () => undefined, read: () => undefined })
  void state.put(5, KEY, { members: [], count: 1 })
  await time.settle()
  const tombstones = () =>
    brokers.appended.filter(({ key, value }) => key.toString() === KEY && value === undefined).length
  function dies(): void {
    isHere = false
    state.forget('gone')
  }
  return { time, brokers, state, stop, dies, tombstones }
}

test('what a gateway left is taken away once', async () => {
  const { time, dies, tombstones } = await open()
  dies()
  await time.advance(HOUR_MS)
  expect(tombstones()).toBe(1)
})

test('it is taken away once also from a partition that nobody here follows any more', async () => {
  const { time, stop, dies, tombstones } = await open()
  stop()
  await time.advance(60_000)
  dies()
  await time.advance(HOUR_MS)
  expect(tombstones()).toBe(1)
})

test('it is tried again until it is confirmed', async () => {
  const { time, brokers, dies, tombstones } = await open()
  brokers.down(true)
  dies()
  await time.advance(60_000)
  expect(tombstones()).toBe(0)
  brokers.down(false)
  await time.advance(60_000)
  expect(tombstones()).toBe(1)
})
