import type { AppendedRecord, Epoch, MemberId, Offset, RoomKey, RoomRecord } from '@whisperrooms/protocol'
import { expect, test } from 'vitest'
import { manualTime } from '../testing/manual-time.ts'
import { rawRecord, textBody } from '../testing/raw-record.ts'
import { Expiry } from './expiry.ts'
import { Flusher } from './flusher.ts'
import type { Outcome } from './outcome.ts'
import { Shard } from './shard.ts'

const TEA = 'tea' as RoomKey
const ADA = 'AAAAAAAAAAAAAAAA' as MemberId
const LONGEST_MS = 60_000

/** A shard to which records are applied as they are appended. */
function open() {
  const time = manualTime(1_000)
  const { clock, scheduler } = time
  const options = {
    busNow: clock,
    flusher: new Flusher(clock, scheduler),
    expiry: new Expiry(clock, scheduler),
    roomBytes: 2 ** 20,
    longestTtlMs: LONGEST_MS,
    onRoom: () => undefined,
    onForgotten: () => undefined,
    onParked: () => undefined,
  }
  const makeShard = (epoch: string) => new Shard({ ...options, epoch: epoch as Epoch })
  const shard = makeShard('epoch')
  let next = 0

  /** @param at when it is appended: now, unless this gateway reads it before its own clock has come so far. */
  function apply(kind: string, fields: Partial<RoomRecord> = {}, at = clock()): Outcome {
    const appended: AppendedRecord = { record: rawRecord(kind, TEA, fields), offset: next++ as Offset, at }
    return shard.apply(appended)
  }

  function say(length: number, ttl = LONGEST_MS / 1_000): Outcome {
    return apply('message', { ttl, body: textBody(ADA, 'x'.repeat(length)) })
  }

  function room() {
    const known = shard.rooms.get(TEA)
    if (known === undefined) throw new Error('there is no room')
    return known
  }

  return { time, shard, makeShard, apply, say, room }
}

/** Somebody who takes in all that is written. */
const READER = {
  write: () => true,
  cork: () => undefined,
  uncork: () => true,
  lagged: () => undefined,
  ended: () => undefined,
  standingChanged: () => undefined,
}

test('the bytes of what is alive are counted, and of what has vanished no more', async () => {
  const { time, shard, apply, say, room } = open()
  apply('create')
  for (let i = 0; i < 100; i++) say(5_000, 10)
  say(10)
  expect(shard.bytes).toBe(room().log.bytes)
  expect(shard.bytes).toBeGreaterThan(500_000)
  await time.advance(11_000)
  expect(shard.bytes).toBe(room().log.bytes)
  expect(shard.bytes).toBeLessThan(70_000)
})

test('of a room that is forgotten no byte is counted, also when nobody has got round to what is in it', () => {
  const { time, shard, apply, say } = open()
  apply('create')
  say(5_000)
  expect(apply('end', { as: 'owner' }, time.clock() + LONGEST_MS)).toMatchObject({ ok: true })
  expect(shard.rooms.size).toBe(0)
  expect(shard.bytes).toBe(0)
})

test('of a room that the operator closes no byte is counted, now or when what was in it would have vanished', async () => {
  const { time, shard, apply, say, room } = open()
  apply('create')
  for (let i = 0; i < 20; i++) say(5_000)
  room().enter(READER, ADA, { cursor: undefined, joined: undefined }, () => Buffer.alloc(0))
  apply('close', { as: 'operator' })
  expect(shard.bytes).toBe(0)
  await time.advance(2 * LONGEST_MS)
  expect(shard.bytes).toBe(0)
})

test('a room that is made again while somebody is in it is counted once', async () => {
  const { time, shard, apply, say, room } = open()
  apply('create')
  say(5_000)
  const before = room()
  before.enter(READER, ADA, { cursor: undefined, joined: undefined }, () => Buffer.alloc(0))
  apply('end', { as: 'owner' }, time.clock() + LONGEST_MS)
  expect([...shard.parked.values()]).toEqual([before])
  expect(shard.bytes).toBe(before.log.bytes)
  apply('create')
  say(5_000)
  expect(room()).toBe(before)
  expect(shard.bytes).toBe(before.log.bytes)
  await time.advance(2 * LONGEST_MS)
  expect(shard.bytes).toBe(before.log.bytes)
})

test('when the log begins anew a room takes nothing from the shard it was in, and is counted in the new one', async () => {
  const { time, shard, makeShard, apply, say, room } = open()
  apply('create')
  for (let i = 0; i < 20; i++) say(5_000)
  const parked = room()
  parked.enter(READER, ADA, { cursor: undefined, joined: undefined }, () => Buffer.alloc(0))
  const next = makeShard('next epoch')
  next.park(parked)
  expect([shard.bytes, next.bytes]).toEqual([0, 0])
  next.apply({ record: rawRecord('create', TEA), offset: 0 as Offset, at: time.clock() })
  const record = rawRecord('message', TEA, { ttl: 10, body: textBody(ADA, 'x'.repeat(5_000)) })
  next.apply({ record, offset: 1 as Offset, at: time.clock() })
  expect(next.bytes).toBe(parked.log.bytes)
  expect(next.bytes).toBeGreaterThan(5_000)
  await time.advance(2 * LONGEST_MS)
  expect([shard.bytes, next.bytes]).toEqual([0, parked.log.bytes])
})
