import { expect, test } from 'vitest'
import { BucketGroup } from './bucket-group.ts'
import { Keyed } from './keyed.ts'

const kept = (untilMs: number) => ({ isFresh: (nowMs: number) => nowMs >= untilMs })

test('what is as good as new is forgotten as others come', () => {
  const keyed = new Keyed<number, ReturnType<typeof kept>>((nowMs) => kept(nowMs + 1_000), 1_000)
  for (let i = 0; i < 500; i++) keyed.get(i, 0)
  expect(keyed.size).toBe(500)
  for (let i = 500; i < 1_000; i++) keyed.get(i, 2_000)
  expect(keyed.size).toBeLessThanOrEqual(501)
  expect(keyed.peek(0)).toBeUndefined()
})

test('what is as good as new is forgotten when none come, a part at a time', () => {
  const keyed = new Keyed<number, ReturnType<typeof kept>>((nowMs) => kept(nowMs + 1_000), 1_000)
  for (let i = 0; i < 500; i++) keyed.get(i, i < 250 ? 0 : 500)
  keyed.forget(1_200, 100)
  expect(keyed.size).toBeGreaterThanOrEqual(400)
  for (let i = 0; i < 10; i++) keyed.forget(1_200, 100)
  expect(keyed.size).toBe(250)
  keyed.forget(1_500, 1_000)
  expect(keyed.size).toBe(0)
})

test('a flood of keys takes no more memory than the cap', () => {
  const keyed = new Keyed<number, ReturnType<typeof kept>>(() => kept(Number.POSITIVE_INFINITY), 100)
  for (let i = 0; i < 10_000; i++) keyed.get(i, i)
  expect(keyed.size).toBe(100)
  expect(keyed.peek(9_999)).toBeDefined()
})

test('a bucket in use is the same one as long as it is not full', () => {
  const group = new BucketGroup(1, 2, 1_000)
  group.get('ada', 0)?.take(2)
  for (let i = 0; i < 500; i++) group.get(`other ${i}`, 100)
  expect(group.get('ada', 100)?.waitMs(1, 100)).toBe(900)
})

test('with a rate of 0 there is no bucket', () => {
  expect(new BucketGroup(0, 0, 10).get('ada', 0)).toBeUndefined()
})
