import { expect, test } from 'vitest'
import { wrongTokens } from './wrong-tokens.ts'

test('after ten wrong tokens of an address within a minute more are too many for the rest of it', () => {
  let now = 0
  const tokens = wrongTokens(() => now)
  for (let i = 0; i < 10; i++) {
    expect(tokens.waitMs('one')).toBe(0)
    tokens.wrong('one')
    now += 1_000
  }
  expect(tokens.waitMs('one')).toBe(50_000)
  expect(tokens.waitMs('other')).toBe(0)
  now = 60_000
  expect(tokens.waitMs('one')).toBe(0)
})

test('the first wrong token of a minute is told apart from those behind it', () => {
  let now = 0
  const tokens = wrongTokens(() => now)
  expect([tokens.wrong('one'), tokens.wrong('one'), tokens.wrong('other')]).toEqual([true, false, true])
  now = 60_000
  expect(tokens.wrong('one')).toBe(true)
})

test('of very many addresses the first are forgotten', () => {
  const tokens = wrongTokens(() => 0)
  for (let i = 0; i < 10; i++) tokens.wrong('first')
  for (let i = 0; i < 10_000; i++) tokens.wrong(`address ${i}`)
  for (let i = 0; i < 10; i++) tokens.wrong('last')
  expect([tokens.waitMs('first'), tokens.waitMs('last')]).toEqual([0, 60_000])
})
