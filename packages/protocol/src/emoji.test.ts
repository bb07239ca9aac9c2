import { expect, test } from 'vitest'
import { isEmoji } from './emoji.ts'

const RGI = /^\p{RGI_Emoji}$/v
const range = (from: number, to: number) =>
  Array.from({ length: to - from + 1 }, (_, i) => String.fromCodePoint(from + i))

const CHARACTERS = [...range(0, 0x3300), ...range(0xe000, 0xe0ff), ...range(0x1_f000, 0x1_fb00)]
const REGIONAL = range(0x1_f1e6, 0x1_f1ff)
const SKINS = range(0x1_f3fb, 0x1_f3ff)

test('of what is not joined, an emoji is what Unicode recommends, and what it has not given a skin, with one', () => {
  const texts = [
    ...CHARACTERS,
    ...CHARACTERS.map((one) => `${one}\ufe0f`),
    ...CHARACTERS.map((one) => `${one}\ufe0e`),
    ...CHARACTERS.map((one) => `${one}\ufe0f\u20e3`),
    ...CHARACTERS.flatMap((one) => SKINS.map((skin) => one + skin)),
    ...REGIONAL.flatMap((one) => REGIONAL.map((other) => one + other)),
  ]
  const recommended = texts.filter((text) => RGI.test(text))
  expect(recommended.length).toBeGreaterThan(2_000)
  expect(recommended.filter((text) => !isEmoji(text))).toEqual([])
  const others = texts.filter((text) => isEmoji(text) && !RGI.test(text))
  expect(others.filter((text) => !/^\p{Emoji_Modifier_Base}\p{Emoji_Modifier}$/u.test(text))).toEqual([])
})

test.each([
  ['a family', '👩‍👩‍👧‍👦'],
  ['a couple of two skins', '👩🏽‍❤️‍💋‍👨🏿'],
  ['a flag that is joined', '🏳️‍🌈'],
  ['a profession', '🧑🏾‍🚀'],
  ['somebody who goes the other way', '🏃🏽‍♀️‍➡️'],
  ['a flag of a part of a country', '🏴󠁧󠁢󠁥󠁮󠁧󠁿'],
])('%s is an emoji', (_, text) => {
  expect([isEmoji(text), RGI.test(text)]).toEqual([true, true])
})

test.each([
  ['nothing', ''],
  ['a letter', 'a'],
  ['a digit', '1'],
  ['digits that are joined', '1\u200d2'],
  ['two', '👍👍'],
  ['a heart as a character of text', '❤'],
  ['a skin for what has none', '🚀🏽'],
  ['a country that there is not', '🇦🇦'],
  ['half a flag', '🇩'],
  ['one with a word behind it', '👍ok'],
  ['one with a line end behind it', '👍\n'],
  ['one that is joined to nothing', '👍\u200d'],
  ['five that are joined', '👩‍👩‍👧‍👦‍👦'],
  ['one with marks above it', '👍\u0301'],
  ['half of one', '\ud83d'],
  ['10,000 of them', '👍'.repeat(10_000)],
  ['markup', '<img src=x>'],
])('%s is no emoji', (_, text) => {
  expect(isEmoji(text)).toBe(false)
})
