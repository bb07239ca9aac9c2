import { ERRORS } from '@whisperrooms/protocol'
import { expect, test } from 'vitest'
import { words } from './words.ts'

test('numbers and their words agree', () => {
  expect(words.timeline.vanished(1)).toBe('1 message vanished while you were away')
  expect(words.timeline.vanished(3)).toBe('3 messages vanished while you were away')
  expect(words.timeline.vanished(null)).toBe('Some messages may have vanished while you were away')
  expect(words.timeline.arrived(1)).toBe('1 new message')
  expect(words.timeline.arrived(1200)).toBe('1,200 new messages')
})

test('a room in the rail says what is new in it and what came back from it', () => {
  expect(words.room.railItem('tea', 0, false)).toBe('tea')
  expect(words.room.railItem('tea', 2, true)).toBe('tea, 2 new messages, something you wrote was not sent')
})

test('what may have arrived is not said to be not sent', () => {
  expect(words.notSent('too_late')).toBe('Nobody can tell whether this arrived')
  expect(words.notSent('not_allowed')).toMatch(/^Not sent/)
})

test('a button’s name contains the words that are seen on it', () => {
  expect(words.timeline.toEnd(3)).toContain(words.timeline.pill(3))
})

test('those who are not shown are counted once', () => {
  expect([words.moreCount(7), words.moreCount(99), words.moreCount(100)]).toEqual(['+7', '+99', '99+'])
})

test('times to live are minutes where they can be', () => {
  expect(words.room.lives(180)).toBe('words live 3 min')
  expect(words.room.lives(90)).toBe('words live 90 s')
  expect(words.room.nothingText(60)).toContain('1 minute,')
})

test('those who write are named, and counted when they are many', () => {
  expect(words.composer.writing(['Mira'], 0)).toBe('Mira is writing')
  expect(words.composer.writing(['Mira', 'Jun'], 0)).toBe('Mira and Jun are writing')
  expect(words.composer.writing(['Mira', 'Jun'], 1)).toBe('Mira, Jun, and 1 other are writing')
  expect(words.composer.writing(['Mira'], 3)).toBe('Mira and 3 others are writing')
})

test('every way in which a server can refuse has a face', () => {
  for (const code of Object.keys(ERRORS)) expect.soft(Object.keys(words.refused), code).toContain(code)
})

/** All texts of the catalogue, functions called with plausible arguments. */
function textsOf(value: unknown): readonly string[] {
  if (typeof value === 'string') return [value]
  if (typeof value === 'function') return textsOf(value(2, 3))
  if (typeof value === 'object' && value !== null) return Object.values(value).flatMap(textsOf)
  return []
}

test('the word sealed appears nowhere: nothing here is, yet', () => {
  const { composer, ...rest } = words
  const { writing, ...others } = composer
  const texts = [...textsOf(rest), ...textsOf(others), writing(['Mira'], 1)]
  expect(texts.length).toBeGreaterThan(150)
  expect(texts.filter((text) => /seal|end-to-end|encrypt/i.test(text))).toEqual([])
})
