import { randomBytes } from 'node:crypto'
import type { AppendedRecord } from '@whisperrooms/protocol'
import { expect, test } from 'vitest'
import { manualTime } from '../../testing/manual-time.ts'
import { subscriber } from '../../testing/subscriber.ts'
import { KafkaClock } from './kafka-clock.ts'
import { asFetched } from './platformatic/fetch.ts'
import { recordCodec } from './record-codec.ts'
import { rehearse } from './rehearsal.ts'

test.each([
  ['a client that reads as it fetches', { asFetched }],
  ['one that cannot tell', {}],
])('with %s, records of rooms of nobody’s are taken in as if they had been there', async (_, driver) => {
  const { clock, scheduler, settle } = manualTime(1_000)
  const time = new KafkaClock(clock)
  time.probe(0, 0, 0)
  const taken: AppendedRecord[] = []
  const missed: unknown[] = []
  const rehearsed = rehearse({
    driver,
    codec: recordCodec({ macKey: Buffer.alloc(32) }),
    subscriber: {
      ...subscriber((batch) => {
        taken.push(...batch)
        return undefined
      }),
      missed: (loss) => missed.push(loss),
    },
    time: () => time,
    clock,
    scheduler,
    random: randomBytes,
  })
  await settle()
  await rehearsed
  const created = new Set(taken.filter(({ record }) => record.kind === 'create').map(({ record }) => record.room))
  const said = taken.filter(({ record }) => record.kind === 'message')
  expect(missed).toEqual([])
  expect(said.length).toBeGreaterThan(1_000)
  expect(said.every(({ record }) => created.has(record.room) && record.ttl === 1)).toBe(true)
  expect(new Set(taken.map(({ record }) => record.key)).size).toBe(taken.length)
})
