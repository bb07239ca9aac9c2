import fc from 'fast-check'
import { expect, test } from 'vitest'
import { TokenBucket } from './token-bucket.ts'

const RATE = fc.integer({ min: 1, max: 1_000 })
const BURST = fc.integer({ min: 1, max: 500 })
const STEPS = fc.array(
  fc.record({ waitMs: fc.integer({ min: 0, max: 400 }), tries: fc.integer({ min: 0, max: 30 }) }),
  {
    maxLength: 60,
  },
)

test('no more than the burst and the rate times the time pass, whenever they come', () => {
  fc.assert(
    fc.property(RATE, BURST, STEPS, (rate, burst, steps) => {
      const bucket = new TokenBucket(rate, burst, 0)
      let nowMs = 0
      let passed = 0
      for (const { waitMs, tries } of steps) {
        nowMs += waitMs
        for (let i = 0; i < tries; i++)
          if (bucket.waitMs(1, nowMs) === 0) {
            bucket.take(1)
            passed++
          }
        expect(passed).toBeLessThanOrEqual(burst + (rate * nowMs) / 1000 + 1e-3)
      }
    }),
  )
})

test('whoever waits as long as it says gets what was asked for', () => {
  fc.assert(
    fc.property(RATE, BURST, fc.array(fc.integer({ min: 1, max: 600 }), { maxLength: 40 }), (rate, burst, asked) => {
      const bucket = new TokenBucket(rate, burst, 0)
      let nowMs = 0
      for (const count of asked) {
        nowMs += bucket.waitMs(count, nowMs)
        expect(bucket.waitMs(count, nowMs)).toBe(0)
        bucket.take(count)
      }
    }),
  )
})

test('a clock that goes back gives nothing', () => {
  const bucket = new TokenBucket(10, 1, 1_000)
  bucket.take(1)
  expect(bucket.waitMs(1, 0)).toBe(100)
  expect(bucket.isFull(100)).toBe(true)
})
