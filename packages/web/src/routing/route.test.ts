import { expect, test } from 'vitest'
import { parseRoute } from './route.ts'

test('the root is home and /r/{room} is that room', () => {
  expect(parseRoute('/')).toEqual({ page: 'home' })
  expect(parseRoute('/r/tea-time')).toEqual({ page: 'room', room: 'tea-time' })
  expect(parseRoute('/r/tea-time/')).toEqual({ page: 'room', room: 'tea-time' })
})

test('an address whose room cannot be one says so instead of leading home', () => {
  expect(parseRoute('/r/')).toEqual({ page: 'bad-room' })
  expect(parseRoute('/r/caf%C3%A9')).toEqual({ page: 'bad-room' })
  expect(parseRoute(`/r/${'x'.repeat(65)}`)).toEqual({ page: 'bad-room' })
})

test('any other address leads nowhere', () => {
  expect(parseRoute('/rooms')).toEqual({ page: 'lost' })
  expect(parseRoute('/r/a/b')).toEqual({ page: 'lost' })
})
