import { expect, test } from 'vitest'
import { readTtlLimits, ttlChoices, ttlChoicesWith, USUAL_LIMITS } from './ttl-choices.ts'

test('a server offers two to five minutes unless its operator wants it otherwise', () => {
  expect(ttlChoices(USUAL_LIMITS)).toEqual([120, 180, 240, 300])
  expect(ttlChoices({ ttlMin: 1, ttlMax: 200, ttlDefault: 60 })).toEqual([120, 180])
})

test('where the usual times are not allowed, the server’s own are offered', () => {
  expect(ttlChoices({ ttlMin: 5, ttlMax: 60, ttlDefault: 30 })).toEqual([5, 30, 60])
  expect(ttlChoices({ ttlMin: 60, ttlMax: 60, ttlDefault: 60 })).toEqual([60])
})

test('a room’s own time is offered among the others, from short to long', () => {
  expect(ttlChoicesWith(200, USUAL_LIMITS)).toEqual([120, 180, 200, 240, 300])
  expect(ttlChoicesWith(180, USUAL_LIMITS)).toEqual([120, 180, 240, 300])
})

test('an answer that is none changes nothing', () => {
  for (const answer of [undefined, null, 'no', {}, { ttlMin: '1', ttlMax: 2, ttlDefault: 2 }])
    expect(readTtlLimits(answer)).toBeUndefined()
  expect(readTtlLimits({ ...USUAL_LIMITS, text: 4_000 })).toEqual(USUAL_LIMITS)
})
