import { cleanName } from '@whisperrooms/protocol'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { looksOf } from './alike.ts'

const areAlike = (one: string, other: string): boolean => {
  const looks = new Set(looksOf(one))
  return looksOf(other).some((look) => looks.has(look))
}

test.each([
  ['Ada', 'ada'],
  ['Ada', 'Аdа'],
  ['Ada', 'ΑDΑ'],
  ['Ada', 'Ａｄａ'],
  ['Ada', '𝓐𝓭𝓪'],
  ['Ada', 'ᴀᴅᴀ'],
  ['Ada', 'Ädá'],
  ['Ada', 'A d a.'],
  ['Alice', 'AIice'],
  ['Alice', 'A1ice'],
  ['Bob', 'B0b'],
  ['Norman', 'Norrnan'],
  ['Will', 'VViII'],
  ['Yara', 'Υara'],
  ['Нина', 'нина'],
  ['Νίκη', 'ΝΙΚΗ'],
  ['Ольга', 'Oльгa'],
  ['🦊', '🦊'],
])('%s can be taken for %s', (one, other) => {
  expect(areAlike(one, other)).toBe(true)
})

test.each([
  ['Ada', 'Adam'],
  ['Ada', 'Eda'],
  ['Ann', 'Anna'],
  ['Bob', 'Rob'],
  ['Иван', 'Иваг'],
  ['रीता', 'राता'],
  ['李', '李娜'],
  ['🦊', '🐻'],
  ['Ada', '🦊'],
])('%s cannot be taken for %s', (one, other) => {
  expect(areAlike(one, other)).toBe(false)
})

test('every name has a look, and is like itself in capitals', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 40 }), fc.constantFrom('', ' ', '.', '!'), (text, sign) => {
      const name = cleanName(text)
      if (name === undefined) return
      expect(looksOf(name)).not.toContain('')
      expect(areAlike(name, name)).toBe(true)
      if (/^[\p{L}\p{N}]+$/u.test(name)) expect(areAlike(name, `${sign}${name}${sign}`)).toBe(true)
    }),
    { numRuns: 1_000 },
  )
})
