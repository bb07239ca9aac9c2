import { randomBytes } from 'node:crypto'
import type { AppendedRecord } from '@whisperrooms/protocol'
import { expect, test } from 'vitest'
import { manualTime } from '../../testing/manual-time.ts'
import { subscriber } from '../../testing/subscriber.ts'
import type { KafkaDriver } from './driver.ts'
import { KafkaClock } from './kafka-clock.ts'
import { asFetched } from './platformatic/fetch.ts'
import { recordCodec } from './record-codec.ts'
import { rehearse } from './rehearsal.ts'

/** Rehearses with a partition that answers as this one. */
function open(partition: Partial<KafkaDriver>) {
  const time = manualTime(1_000)
  const busTime = new KafkaClock(time.clock)
  busTime.probe(0, 0, 0)
  const taken: AppendedRecord[] = []
  const missed: unknown[] = []
  const followers: string[] = []
  const rehearsed = rehearse({
    driver: {
      offsetAt: async () => 7,
      follow(follower) {
        followers.push(`from ${follower.from}`)
        void follower.took([], follower.from, 0)
        return () => followers.push('stopped')
      },
      ...partition,
    },
    logTopic: 'log',
    codec: recordCodec({ macKey: Buffer.alloc(32) }),
    subscriber: {
      ...subscriber((batch) => {
        taken.push(...batch)
        return undefined
      }),
      missed: (loss) => missed.push(loss),
    },
    time: () => busTime,
    clock: time.clock,
    scheduler: time.scheduler,
    random: randomBytes,
  })
  return { time, rehearsed, taken, missed, followers }
}

test.each([
  ['a client that reads as it fetches', { asFetched }],
  ['one that cannot tell', {}],
])('with %s, records of rooms of nobody’s are taken in as if they had been there', async (_, driver) => {
  const { time, rehearsed, taken, missed, followers } = open(driver)
  await time.settle()
  await rehearsed
  const created = new Set(taken.filter(({ record }) => record.kind === 'create').map(({ record }) => record.room))
  const said = taken.filter(({ record }) => record.kind === 'message')
  expect(missed).toEqual([])
  expect(said.length).toBeGreaterThan(1_000)
  expect(said.every(({ record }) => created.has(record.room) && record.ttl === 1)).toBe(true)
  expect(new Set(taken.map(({ record }) => record.key)).size).toBe(taken.length)
  expect(followers).toEqual(['from 7', 'stopped'])
})

test.each<[string, Partial<KafkaDriver>, string[]]>([
  ['refuses', { offsetAt: () => Promise.reject(new Error('no leader')) }, []],
  ['says nothing', { follow: () => () => undefined }, []],
])('a partition that %s does not stop a gateway from starting', async (_, partition, followed) => {
  const { time, rehearsed, taken, followers } = open(partition)
  await time.advance(1_500)
  await rehearsed
  expect(taken.length).toBeGreaterThan(1_000)
  expect(followers).toEqual(followed)
})

test('a partition that knows its end too late is not looked at any more', async () => {
  const answer = Promise.withResolvers<number>()
  const { time, rehearsed, followers } = open({ offsetAt: () => answer.promise })
  await time.advance(1_500)
  await rehearsed
  answer.resolve(7)
  await time.settle()
  expect(followers).toEqual([])
})
