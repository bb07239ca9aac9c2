import {
  BEFORE_FIRST,
  type Epoch,
  type MemberId,
  type Offset,
  type RoomKey,
  type RoomRecord,
} from '@whisperrooms/protocol'
import { expect, test } from 'vitest'
import { type StoredMessage, storedMessage } from './bus/kafka/driver.ts'
import { KafkaClock } from './bus/kafka/kafka-clock.ts'
import { LogFollower } from './bus/kafka/log-follower.ts'
import { recordCodec } from './bus/kafka/record-codec.ts'
import { Waiting } from './bus/kafka/waiting.ts'
import { egress } from './egress/pipeline.ts'
import { writeBody } from './rooms/body.ts'
import { Expiry } from './rooms/expiry.ts'
import { Flusher } from './rooms/flusher.ts'
import type { Outcome } from './rooms/outcome.ts'
import { Room } from './rooms/room.ts'
import { Shard } from './rooms/shard.ts'
import { manualTime } from './testing/manual-time.ts'
import { rawRecord, textBody } from './testing/raw-record.ts'
import { subscriber } from './testing/subscriber.ts'

const NOW_MS = 200_000
const ADA = 'AAAAAAAAAAAAAAAA' as MemberId
const BOB = 'BBBBBBBBBBBBBBBB' as MemberId
const [TEA, RUM] = ['tea', 'rum'].map((name) => name.padEnd(22, '-') as RoomKey) as [RoomKey, RoomKey]

/** A shard that is taken up from a log, with all that lies between. */
function open() {
  const time = manualTime(NOW_MS)
  const { clock, scheduler } = time
  const shard = new Shard({
    epoch: 'epoch' as Epoch,
    busNow: clock,
    flusher: new Flusher(clock, scheduler),
    expiry: new Expiry(clock, scheduler),
    roomBytes: 2 ** 24,
    longestTtlMs: 300_000,
    onRoom: () => undefined,
    onForgotten: () => undefined,
    onParked: () => undefined,
  })
  const outcomes: [RoomRecord, Outcome][] = []
  const failed = (error: Error) => {
    throw error
  }
  const intake = egress({ observed: (record, outcome) => outcomes.push([record, outcome]), failed })(shard)
  const codec = recordCodec({ macKey: Buffer.alloc(32) })
  const busTime = new KafkaClock(clock)
  busTime.probe(0, 0, 0)
  const follower = new LogFollower({
    topic: 'log',
    partition: 0,
    from: 0,
    codec,
    subscriber: { ...subscriber(() => undefined), ...intake },
    time: () => busTime,
    scheduler,
    waiting: new Waiting(clock),
    looked: () => undefined,
    caughtUp: () => undefined,
    hasStepped: async () => false,
    diverged: () => undefined,
    trouble: () => undefined,
  })

  /** Somebody is in a room of an earlier epoch that is in this shard now. */
  function park(key: RoomKey): void {
    const room = new Room(key, {
      epoch: 'before' as Epoch,
      lastOffset: () => BEFORE_FIRST,
      readUpTo: () => 0,
      now: clock,
      dirty: () => undefined,
      deadlineChanged: () => undefined,
      grew: () => undefined,
      maxBytes: 2 ** 24,
    })
    enter(room, ADA, undefined)
    shard.park(room)
    void follower.taken(key)
  }

  /** @returns what is written to whoever comes in with a cursor. */
  function enter(room: Room | undefined, member: MemberId, cursor: number | undefined): string {
    let written = ''
    const sink = {
      write(bytes: Uint8Array) {
        written += Buffer.from(bytes).toString('latin1')
        return true
      },
      cork: () => undefined,
      uncork: () => true,
      lagged: () => undefined,
      ended: () => undefined,
      standingChanged: () => undefined,
    }
    const standing = { cursor: cursor as Offset | undefined, joined: cursor === undefined ? undefined : (0 as Offset) }
    room?.enter(sink, member, standing, () => Buffer.alloc(0))
    return written
  }

  function stored(offset: number, room: RoomKey, kind: string, fields: Partial<RoomRecord> = {}, at = NOW_MS) {
    const value = codec.encode(rawRecord(kind, room, { member: ADA, ...fields }))
    return storedMessage(offset, at, Buffer.from(room), value)
  }

  return {
    time,
    shard,
    follower,
    outcomes,
    park,
    enter,
    stored,
    said: (text: string): Partial<RoomRecord> => ({ ttl: 60, body: textBody(ADA, text) }),
    async read(messages: readonly StoredMessage[], end: number): Promise<void> {
      void follower.took(messages, end, clock())
    },
  }
}

test('a signal keeps its place, so that what lies behind it is found', async () => {
  const { time, outcomes, park, stored, said, read } = open()
  await time.settle()
  for (const room of [TEA, RUM]) park(room)
  await read(
    [
      stored(0, TEA, 'create'),
      stored(1, RUM, 'create'),
      stored(2, RUM, 'typing', { body: writeBody({ from: { id: ADA, name: 'Ada' }, on: true }) }),
      stored(3, RUM, 'message', said('one')),
      stored(4, RUM, 'message', said('two')),
      stored(5, RUM, 'unsend', { deadline: NOW_MS + 60_000, body: writeBody({ target: 3 }) }),
      stored(90, TEA, 'message', said('tea')),
    ],
    91,
  )
  await time.settle()
  expect(outcomes.find(([{ kind }]) => kind === 'unsend')?.[1]).toMatchObject({ ok: true })
})

test('whoever comes from another gateway while rooms are still taken in has missed nothing', async () => {
  const { time, shard, follower, enter, stored, said, read } = open()
  await time.settle()
  const rum = Array.from({ length: 1_000 }, (_, i) => stored(i + 3, RUM, 'touch'))
  await read(
    [stored(0, TEA, 'create'), stored(1, TEA, 'message', said('had')), stored(2, RUM, 'create'), ...rum],
    1_003,
  )
  await follower.taken(TEA)
  await read([stored(1_003, RUM, 'touch')], 1_004)
  expect(enter(shard.rooms.get(TEA), BOB, 1_003)).toContain('"recovered":true')
})

test('a message that was sent twice is one, whatever is taken in between', async () => {
  const { time, shard, follower, stored, said, read } = open()
  await time.settle()
  const earlier = 100_000
  const twice = { ...said('once'), ttl: 200, key: 'the-same-key' as RoomRecord['key'] }
  const touches = Array.from({ length: 48 }, (_, i) => stored(i + 1, RUM, 'touch', {}, earlier))
  await read(
    [
      stored(0, RUM, 'create', {}, earlier),
      ...touches,
      stored(49, RUM, 'message', twice, earlier + 100),
      stored(50, RUM, 'message', twice, earlier + 3_000),
      stored(51, TEA, 'create', {}, earlier + 4_000),
      stored(52, TEA, 'touch', {}, earlier + 20_000),
      stored(53, TEA, 'touch', {}, earlier + 40_000),
    ],
    54,
  )
  await follower.taken(TEA)
  await time.settle()
  expect(shard.rooms.get(RUM)?.log.messages).toBe(1)
})
