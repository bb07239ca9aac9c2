import { expect, test } from 'vitest'
import { sends } from './enter-key.ts'

const enter = { key: 'Enter', shiftKey: false, altKey: false, isComposing: false, keyCode: 13 }

test('Enter sends, Shift+Enter breaks the line', () => {
  expect(sends(enter, false)).toBe(true)
  expect(sends({ ...enter, shiftKey: true }, false)).toBe(false)
  expect(sends({ ...enter, key: 'a', keyCode: 65 }, false)).toBe(false)
})

test('on a touch keyboard Enter breaks the line', () => {
  expect(sends(enter, true)).toBe(false)
})

test('the Enter that ends an input method’s composition never sends', () => {
  expect(sends({ ...enter, isComposing: true }, false)).toBe(false)
  expect(sends({ ...enter, keyCode: 229 }, false)).toBe(false)
})
