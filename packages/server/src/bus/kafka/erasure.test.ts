import { expect, test } from 'vitest'
import { erasureBound, forgettingBound, readErasureBound, tombstoneBound } from './erasure.ts'
import { logSettings, stateSettings } from './topic-settings.ts'

const LIFETIMES = { longestTtlMs: 300_000, stateRetentionMs: 600_000 }
const BROKER = { 'log.retention.check.interval.ms': '1000', 'log.cleaner.backoff.ms': '1000' }
const LOG = logSettings(LIFETIMES)
const STATE = stateSettings(LIFETIMES)

test('a message is gone within 30 s after the longest time to live with the settings topics are made with', () => {
  expect(erasureBound(LOG, [BROKER])).toEqual({
    seconds: 329,
    partsMs: { sending: 3_000, retention: 315_000, segment: 10_000, check: 1_000, deletion: 0 },
  })
})

test('with what Kafka does by itself a message is there for a fortnight', () => {
  const kafka = {
    'cleanup.policy': 'delete',
    'retention.ms': '604800000',
    'segment.ms': '604800000',
    'file.delete.delay.ms': '60000',
  }
  const days = erasureBound(kafka, [{ 'log.retention.check.interval.ms': '300000' }]).seconds / 86_400
  expect(days).toBeCloseTo(14, 1)
})

test('the broker that looks least often decides', () => {
  const { partsMs } = erasureBound(LOG, [BROKER, { 'log.retention.check.interval.ms': '300000' }])
  expect(partsMs.check).toBe(300_000)
})

test.each([
  ['retention is unlimited', { ...LOG, 'retention.ms': '-1' }, [BROKER]],
  ['the topic is only compacted', { ...LOG, 'cleanup.policy': 'compact' }, [BROKER]],
  ['a setting is not known', { ...LOG, 'segment.ms': '' }, [BROKER]],
  ['a broker does not tell', LOG, [BROKER, {}]],
  ['no broker tells', LOG, []],
])('nothing is promised when %s', (_, log, brokers) => {
  expect(erasureBound(log, brokers).seconds).toBe(Number.POSITIVE_INFINITY)
})

test('the bound is computed from what the cluster says now, of every broker', async () => {
  const asked: number[] = []
  const bound = await readErasureBound(
    {
      cluster: () => Promise.resolve({ brokers: [1, 7], topics: new Map() }),
      topicSettings: (topic) => Promise.resolve(topic === 'rooms.log' ? { ...LOG, 'retention.ms': '20000' } : {}),
      brokerSettings(broker) {
        asked.push(broker)
        return Promise.resolve({ 'log.retention.check.interval.ms': broker === 7 ? '5000' : '1000' })
      },
    },
    'rooms.log',
  )
  expect(asked).toEqual([1, 7])
  expect(bound).toEqual({
    seconds: 38,
    partsMs: { sending: 3_000, retention: 20_000, segment: 10_000, check: 5_000, deletion: 0 },
  })
})

test('what has a tombstone is cleaned away soon after the tombstone’s segment has ended', () => {
  expect(tombstoneBound(STATE, [BROKER])).toEqual({
    seconds: 8,
    partsMs: { roll: 7_000, lag: 0, cleaner: 1_000, deletion: 0 },
  })
})

test('lags of compaction come on top, and a cleaner that is off never cleans', () => {
  expect(tombstoneBound({ ...STATE, 'max.compaction.lag.ms': '60000' }, [BROKER]).partsMs.lag).toBe(53_000)
  expect(tombstoneBound({ ...STATE, 'min.compaction.lag.ms': '4000' }, [BROKER]).partsMs.lag).toBe(4_000)
  const never = Number.POSITIVE_INFINITY
  expect(tombstoneBound(STATE, [{ ...BROKER, 'log.cleaner.enable': 'false' }]).seconds).toBe(never)
  expect(tombstoneBound({ ...STATE, 'cleanup.policy': 'delete' }, [BROKER]).seconds).toBe(never)
})

test('eleven minutes after the last gateway nothing is left of the state', () => {
  expect(forgettingBound(STATE, [BROKER]).seconds).toBe(606)
  expect(forgettingBound({ ...STATE, 'cleanup.policy': 'compact' }, [BROKER]).seconds).toBe(Number.POSITIVE_INFINITY)
})
