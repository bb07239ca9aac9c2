import type { RoomId } from '@whisperrooms/protocol'
import { expect, test } from 'vitest'
import { readVia, subjectHash, writeVia } from './via.ts'

test.each([
  [{ subject: 'abc' }, 's.abc'],
  [{ invite: 'abc' }, 'i.abc'],
  [{ subject: 's', invite: 'i' }, 's.s.i.i'],
  [{}, undefined],
])('%o is written as %s, and read again', (via, text) => {
  expect(writeVia(via)).toBe(text)
  expect(readVia(text)).toEqual({ subject: undefined, invite: undefined, ...via })
})

test.each(['', 's', '.', 's.', 'x.abc', 'abc.s', '..s'])('nothing is made up from %o', (text) => {
  const { subject, invite } = readVia(text)
  expect([subject ?? '', invite]).toEqual(['', undefined])
})

test('a subject has one name in a room, at all gateways of one secret, and another elsewhere', () => {
  const [tea, coffee] = ['tea', 'coffee'] as RoomId[]
  const one = subjectHash(Buffer.alloc(32, 1))
  const same = subjectHash(Buffer.alloc(32, 1))
  const other = subjectHash(Buffer.alloc(32, 2))
  if (tea === undefined || coffee === undefined) throw new Error('two rooms')
  expect(one(tea, 'ada')).toMatch(/^[\w-]{16}$/)
  expect(one(tea, 'ada')).toBe(same(tea, 'ada'))
  expect(new Set([one(tea, 'ada'), one(coffee, 'ada'), one(tea, 'bob'), other(tea, 'ada')]).size).toBe(4)
})
