import { expect, test } from 'vitest'
import { socketUrl } from './socket-url.ts'

test.each([
  ['https://chat.example', 'wss://chat.example/ws/tea'],
  ['http://192.168.1.7:8080/', 'ws://192.168.1.7:8080/ws/tea'],
  ['wss://chat.example/base?x=1#top', 'wss://chat.example/base/ws/tea'],
])('the gateway %s is reached at %s', (base, url) => {
  expect(socketUrl(base, 'tea')).toBe(url)
})

test('an address that is none is refused at once', () => {
  expect(() => socketUrl('chat.example', 'tea')).toThrow(TypeError)
})
