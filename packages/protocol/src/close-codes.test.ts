import { expect, test } from 'vitest'
import { CLOSE, comesBack } from './close-codes.ts'
import { ERRORS } from './errors.ts'

test('the range of a close code says whether a client comes back', () => {
  for (const code of [3000, 3499, 4000, 4499, 1001, 1006, 1009, 1011, 1012, 1013]) expect(comesBack(code)).toBe(true)
  for (const code of [3500, 3999, 4500, 4999, 1000, 1002, 1003, 1007, 1008, 1010]) expect(comesBack(code)).toBe(false)
})

test('a refused join comes back exactly when what refused it may pass', () => {
  for (const [code, { retry, close }] of Object.entries(ERRORS)) {
    // Whoever said nothing in time may simply have been slow.
    if (code !== 'join_first') expect([code, comesBack(close)]).toEqual([code, retry === 'same'])
  }
})

test('no two names share a close code', () => {
  expect(new Set(Object.values(CLOSE)).size).toBe(Object.keys(CLOSE).length)
})
