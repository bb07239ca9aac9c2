import type { Epoch, Offset, RoomKey } from '@whisperrooms/protocol'
import { expect, test } from 'vitest'
import { manualTime } from '../../testing/manual-time.ts'
import { memoryDriver } from '../../testing/memory-driver.ts'
import { subscriber } from '../../testing/subscriber.ts'
import { shardOf } from '../bus.ts'
import { recordCodec } from './record-codec.ts'
import { ShardFeed } from './shard-feed.ts'
import { stateCodec, stateKey } from './state-entries.ts'
import { stateTopic } from './state-topic.ts'
import { Timekeeper } from './timekeeper.ts'
import { Waiting } from './waiting.ts'

const HOUR_MS = 3_600_000
const RETENTION_MS = 600_000
const SHARDS = 2
const SECRET = Buffer.alloc(32)
const roomIn = (shard: number) =>
  (['tea', 'milk', 'rice', 'salt', 'soup'] as RoomKey[]).find((room) => shardOf(room, SHARDS) === shard) ??
  ('' as RoomKey)
const SNAPSHOT = { asOf: 1 as Offset, openedAt: 0 as Offset, lockedAt: undefined, settings: { ttl: 60 }, epoch: 'now' }

/** A shard whose state one broker leads and whose log another one, which leads some of the state as well. */
async function open() {
  const time = manualTime(1_000)
  const brokers = memoryDriver(time)
  for (const partition of [0, 1]) brokers.lead('log', partition, 1)
  brokers.lead('state', 1, 1)
  const { driver } = brokers
  const codec = stateCodec(SECRET)
  const statePartitions = () => SHARDS
  const trouble = () => undefined
  const state = stateTopic({
    driver,
    topic: 'state',
    partitions: statePartitions,
    codec,
    ...time,
    isHere: () => true,
    trouble,
  })
  const keeper = new Timekeeper({
    driver,
    gateway: 'mine',
    logTopic: 'log',
    stateTopic: 'state',
    statePartitions,
    state,
    codec,
    ...time,
    stepped: trouble,
  })
  const knowing = keeper.know(0)
  await time.settle()
  await knowing

  /** What it is told of the first shard: the kind of news, and the room. */
  async function follow(): Promise<readonly string[]> {
    const told: string[] = []
    const host = {
      driver,
      state,
      codec: recordCodec({ macKey: SECRET }),
      ...time,
      logTopic: 'log',
      gateway: 'mine',
      stateRetentionMs: RETENTION_MS,
      epoch: () => 'now' as Epoch,
      startOf: () => 0,
      shards: () => SHARDS,
      timeOf: (shard: number) => keeper.of(shard),
      stateTimeOf: (shard: number) => keeper.ofState(shard),
      know: (shard: number) => Promise.all([keeper.know(shard), keeper.knowState(shard)]),
      hasStepped: async () => false,
      isHere: () => true,
      contradicted: trouble,
      diverged: trouble,
      trouble,
      waiting: new Waiting(time.clock),
    }
    const telling = subscriber(() => undefined, {
      snapshot: ({ room }) => told.push(`snapshot ${room}`),
      attendance: (_gateway, room) => told.push(`attendance ${room}`),
    })
    const feed = new ShardFeed(host, 0, 0, telling)
    await time.settle()
    await feed.caughtUp
    return told
  }

  async function put(partition: number, key: string, content: unknown): Promise<void> {
    const putting = state.put(partition, key, content)
    await time.settle()
    await putting
  }
  return { time, brokers, follow, put }
}

test.each([
  ['behind', -HOUR_MS],
  ['ahead of', HOUR_MS],
])(
  'a snapshot is as old as the broker says that leads the state, an hour %s the one that leads the log',
  async (_, aheadMs) => {
    const { time, brokers, follow, put } = await open()
    brokers.setAhead(0, aheadMs)
    await put(0, stateKey.room(roomIn(0)), SNAPSHOT)
    expect(await follow()).toEqual([`snapshot ${roomIn(0)}`])
    await time.advance(RETENTION_MS + 1_000)
    // Nobody has put it again in time.
    expect(await follow()).toEqual([])
  },
)

test('what a partition of the state has of other shards is passed over', async () => {
  const { follow, put } = await open()
  const attendance = { members: [], count: 1 }
  for (const room of [roomIn(0), roomIn(1)]) {
    await put(0, stateKey.room(room), SNAPSHOT)
    await put(0, stateKey.attendance(room, 'other'), attendance)
  }
  const told = await follow()
  expect(told.toSorted()).toEqual([`attendance ${roomIn(0)}`, `snapshot ${roomIn(0)}`])
  for (const room of [roomIn(1), roomIn(0)]) await put(0, stateKey.room(room), SNAPSHOT)
  expect(told.slice(2)).toEqual([`snapshot ${roomIn(0)}`])
})
