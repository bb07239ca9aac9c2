import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createBlocks } from './blocks.ts'
import type { Row } from './rows.ts'

const line = (n: number): Row => ({ kind: 'vanished', id: `line ${n}`, count: n })
const lines = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => line(from + i))
const DIVIDER: Row = { kind: 'new', id: 'new' }

test('a message that comes or vanishes changes its own block only', () => {
  const blocks = createBlocks()
  const before = blocks(lines(0, 500))
  const grown = blocks(lines(0, 501))
  expect(grown.slice(0, -1)).toEqual(before.slice(0, -1))
  expect(grown.filter((block) => !before.includes(block))).toHaveLength(1)
  const shrunk = blocks(lines(1, 501))
  expect(shrunk.filter((block) => !grown.includes(block))).toHaveLength(1)
  expect(shrunk[0]?.key).toBe(grown[0]?.key)
})

test('older messages come into blocks of their own above', () => {
  const blocks = createBlocks()
  const before = blocks(lines(200, 300))
  const after = blocks(lines(100, 300))
  expect(after.slice(-before.length)).toEqual(before)
  for (const block of before) expect(after).toContain(block)
})

test('whatever happens to a list, its blocks hold it in order, each line once, under keys that only grow', () => {
  const step = fc.record({
    gone: fc.nat(80),
    come: fc.nat(120),
    loaded: fc.nat(60),
    holes: fc.array(fc.nat(400), { maxLength: 5 }),
    divider: fc.option(fc.nat(300)),
  })
  fc.assert(
    fc.property(fc.array(step, { maxLength: 12 }), (steps) => {
      const blocks = createBlocks()
      let first = 1000
      let last = 1000
      for (const { gone, come, loaded, holes, divider } of steps) {
        first = Math.min(last, first + gone) - loaded
        last += come
        const rows = lines(first, last).filter((_, index) => !holes.includes(index))
        if (divider !== null) rows.splice(divider, 0, DIVIDER)
        const now = blocks(rows)
        expect(now.flatMap((block) => block.rows).map((row) => row.id)).toEqual(rows.map((row) => row.id))
        const keys = now.map((block) => block.key)
        expect(keys).toEqual([...new Set(keys)].sort((a, b) => a - b))
        expect(now.every((block) => block.rows.length > 0)).toBe(true)
      }
    }),
  )
})
