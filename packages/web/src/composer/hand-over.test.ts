import { connectRoom, type Environment } from '@whisperrooms/client'
import { expect, test } from 'vitest'
import { handOver } from './hand-over.ts'

/** A world in which nothing answers. */
const silent: Environment = {
  clock: { now: () => 0 },
  random: { unit: () => 0.5, bytes: (count) => crypto.getRandomValues(new Uint8Array(count)) },
  setTimer: () => () => undefined,
  openSocket: () => ({
    onopen: null,
    onmessage: null,
    onclose: null,
    onerror: null,
    send: () => undefined,
    close: () => undefined,
  }),
  isOnline: () => true,
  onWake: () => () => undefined,
}

test('a message that the outbox takes is handed over; the one above its bound stays with its author', () => {
  const room = connectRoom('http://gateway', 'tea', { name: 'Ada' }, silent)
  let taken = 0
  while (handOver(room, `m${taken}`)) taken++
  expect(taken).toBe(200)
  expect(room.getSnapshot().outbox.map(({ text }) => text)).not.toContain('m200')
})
