import fc from 'fast-check'
import { expect, test } from 'vitest'
import { cleanName, faultOfText, utf8Length } from './text.ts'

test('the length of a text in UTF-8 is what an encoder makes of it', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      expect(utf8Length(text)).toBe(new TextEncoder().encode(text).length)
    }),
  )
  expect(utf8Length('a\ud800b')).toBe(5)
})

test('a text may have 4,000 characters and 12 KiB, and must show something', () => {
  expect(faultOfText('a'.repeat(4_000))).toBeUndefined()
  expect(faultOfText('€'.repeat(4_000))).toBeUndefined()
  expect(faultOfText('a'.repeat(4_001))).toBe('too_long')
  for (const blank of ['', ' ', '\n\t', '\u200b', '\u2060\u00a0']) expect(faultOfText(blank)).toBe('empty_text')
  expect(faultOfText('half a \ud83d character')).toBe('bad_frame')
})

test('a name is shown without what would disguise it', () => {
  expect(cleanName('  Ada \n Lovelace ')).toBe('Ada Lovelace')
  expect(cleanName('A\u202eda\u0000')).toBe('Ada')
  expect(cleanName('e\u0301')).toBe('é')
  expect(cleanName('a\u200db')).toBe('ab')
})

test('a family stays together in a name', () => {
  expect(cleanName('👨‍👩‍👧')).toBe('👨‍👩‍👧')
  expect(cleanName('🏳️‍🌈')).toBe('🏳️‍🌈')
})

test('a name has 1 to 32 characters when it is clean', () => {
  for (const nothing of ['', ' ', '\u200d', '\u3164', '\u0000']) expect(cleanName(nothing)).toBeUndefined()
  expect(cleanName('x'.repeat(32))).toBe('x'.repeat(32))
  expect(cleanName('x'.repeat(33))).toBeUndefined()
})

test('a name of a thousand emoji, or of what turns the direction of writing alone, is none', () => {
  expect(cleanName('🦊'.repeat(1_000))).toBeUndefined()
  expect(cleanName('👨‍👩‍👧'.repeat(1_000))).toBeUndefined()
  expect(cleanName('\u202e\u2067\u200f')).toBeUndefined()
  expect(cleanName('\u202eadA\u202c \u2066\u2069')).toBe('adA')
})

test('a cleaned name is clean', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 40 }), (name) => {
      const cleaned = cleanName(name)
      if (cleaned !== undefined) expect(cleanName(cleaned)).toBe(cleaned)
    }),
    { numRuns: 2_000 },
  )
})
