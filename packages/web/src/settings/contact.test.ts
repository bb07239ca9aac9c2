import { expect, test } from 'vitest'
import { readContact } from './contact.ts'

test.each(['mailto:abuse@chat.example', 'https://chat.example/abuse'])(
  '%s is where abuse can be reported',
  (contact) => {
    expect(readContact({ contact })).toBe(contact)
  },
)

test.each([
  [undefined],
  [null],
  ['mailto:abuse@chat.example'],
  [{}],
  [{ contact: 7 }],
  [{ contact: '' }],
  [{ contact: 'javascript:alert(1)' }],
  [{ contact: ' https://chat.example' }],
  [{ contact: 'http://chat.example' }],
])('%j names no place that the page would link to', (answer) => {
  expect(readContact(answer)).toBeUndefined()
})
