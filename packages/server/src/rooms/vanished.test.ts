import type { Offset } from '@whisperrooms/protocol'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Author } from './author.ts'
import { Vanished } from './vanished.ts'

const author = (n: number): Author => ({ high: n, middle: n * 3, low: n * 7 })

test('P4 it counts what vanished of others between any two offsets, or says that it does not know', () => {
  const gone = fc.record({ step: fc.integer({ min: -5, max: 100_000 }), author: fc.nat(3) })
  fc.assert(
    fc.property(
      fc.array(gone, { maxLength: 60 }),
      fc.nat(2_000_000),
      fc.nat(2_000_000),
      fc.nat(3),
      (list, one, other, me) => {
        const vanished = new Vanished()
        const naive: { offset: number; author: number }[] = []
        let offset = 10
        for (const { step, author: by } of list) {
          offset = Math.max(0, offset + step)
          vanished.add(offset as Offset, author(by))
          naive.push({ offset, author: by })
        }
        const [after, before] = [Math.min(one, other), Math.max(one, other)]
        expect(vanished.countBetween(after, before, author(me))).toBe(
          naive.filter((each) => each.offset > after && each.offset < before && each.author !== me).length,
        )
      },
    ),
  )
})

test('a room’s list of what vanished stays within 64 KiB and knows what it has forgotten', () => {
  const vanished = new Vanished()
  const count = 200_000
  for (let i = 0; i < count; i++) vanished.add((i * 1_000) as Offset, author(i % 50))
  expect(vanished.bytes).toBeLessThanOrEqual(64 * 1024)
  expect(vanished.countBetween(-1, Number.POSITIVE_INFINITY, author(99))).toBeNull()
  expect(vanished.countBetween((count - 1_001) * 1_000, Number.POSITIVE_INFINITY, author(99))).toBe(1_000)
})

test('many different authors do not make the list grow without a bound', () => {
  const vanished = new Vanished()
  for (let i = 0; i < 20_000; i++) vanished.add(i as Offset, author(i))
  expect(vanished.bytes).toBeLessThanOrEqual(64 * 1024)
  expect(vanished.countBetween(19_900, Number.POSITIVE_INFINITY, author(0))).toBe(99)
})

test('what is taken away does not count, and whose it was decides whether it may be', () => {
  const gone = fc.record({ step: fc.integer({ min: 1, max: 100_000 }), author: fc.nat(3) })
  const asked = fc.record({ nth: fc.nat(80), by: fc.nat(3) })
  fc.assert(
    fc.property(fc.array(gone, { maxLength: 60 }), fc.array(asked, { maxLength: 20 }), (list, removals) => {
      const vanished = new Vanished()
      let naive: { offset: number; author: number }[] = []
      for (const { step, author: by } of list) {
        const offset = (naive.at(-1)?.offset ?? 0) + step
        vanished.add(offset as Offset, author(by))
        naive.push({ offset, author: by })
      }
      for (const { nth, by } of removals) {
        const target = naive[nth] ?? { offset: 7_000_000 + nth, author: by }
        const isThere = naive.includes(target) && target.author === by
        expect(vanished.remove(target.offset as Offset, ({ high }) => high === by)).toBe(isThere)
        if (isThere) naive = naive.filter((one) => one !== target)
        expect(vanished.countBetween(-1, Number.POSITIVE_INFINITY, author(9))).toBe(naive.length)
      }
    }),
  )
})

test('a list that is nearly full and of many authors is whole after something was taken from it', () => {
  const vanished = new Vanished()
  let offset = 0
  const add = (by: number) => vanished.add(offset++ as Offset, author(by))
  for (let by = 0; by <= 200; by++) add(by)
  for (let i = 0; i < 26_000; i++) add(i % 2 === 0 ? 0 : 50)
  const count = () => vanished.countBetween(-1, Number.POSITIVE_INFINITY, author(999))
  expect(count()).toBe(26_201)
  expect(vanished.remove(0 as Offset, () => true)).toBe(true)
  expect(count()).toBe(26_200)
})
