import type { MemberId, Role } from '@whisperrooms/protocol'
import { expect, test } from 'vitest'
import { initialOf } from './initial.ts'
import { namesakes } from './namesakes.ts'

const member = (id: string, name: string) => ({ id: id as MemberId, name, role: 'member' as Role })

test('people of one name are told apart, however they capitalise it', () => {
  const found = namesakes([member('a', 'Jun'), member('b', 'jun'), member('c', 'Mira')])
  expect([...found].sort()).toEqual(['a', 'b'])
})

test('an initial is one character as a reader sees it', () => {
  expect(initialOf('mira')).toBe('M')
  expect(initialOf('  émile')).toBe('É')
  expect(initialOf('👩‍🚀 Ada')).toBe('👩‍🚀')
  expect(initialOf('')).toBe('?')
})
