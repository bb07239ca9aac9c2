import { expect, test } from 'vitest'
import { describeError } from './log.ts'

test('of an error its places are told, and nothing of its message, whatever that looks like', () => {
  const error = new Error('canary\n    at canary (canary.js:1:1)')
  const described = describeError(Object.assign(error, { code: 'a canary', name: 'a canary' }))
  expect(JSON.stringify(described)).not.toContain('canary')
  expect(described).toMatchObject({ error: 'Error', code: undefined })
  expect(described.at).toEqual(expect.arrayContaining([expect.stringContaining('log.test.ts')]))
})

test('an error whose message was changed says no places: where it ends in the stack is not known', () => {
  const error = new Error('canary\n    at canary (canary.js:1:1)')
  expect(error.stack).toContain('canary')
  error.message = 'another'
  expect(describeError(error)).toEqual({ error: 'Error', code: undefined, at: undefined })
})

test('names and codes that are words are told', () => {
  expect(describeError(Object.assign(new TypeError('x'), { code: 'ERR_OF_OURS' }))).toMatchObject({
    error: 'TypeError',
    code: 'ERR_OF_OURS',
  })
  expect(describeError('words')).toEqual({ error: 'string' })
})
