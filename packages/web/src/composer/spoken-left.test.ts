import { expect, test } from 'vitest'
import { spokenLeft } from './spoken-left.ts'

test('somebody who listens is told how much room is left at three points, and when there is none, not with every key', () => {
  const spoken: (string | undefined)[] = ['']
  for (let left = 500; left >= -50; left--) {
    const now = spokenLeft(left)
    if (now !== spoken.at(-1)) spoken.push(now)
  }
  expect(spoken.slice(1)).toEqual([
    undefined,
    'Fewer than 400 characters left',
    'Fewer than 100 characters left',
    'Fewer than 20 characters left',
    'Too long to be sent',
  ])
})
