import type { OutboxItem } from '@whisperrooms/client'
import type { Key } from '@whisperrooms/protocol'
import { expect, test } from 'vitest'
import { barWords } from './bar-words.ts'

const item = (state: OutboxItem['state'], code?: OutboxItem['code']): OutboxItem => ({
  key: `key-${Math.abs(state.length)}-xx` as Key,
  text: 'words',
  replyTo: undefined,
  ttlSeconds: undefined,
  state,
  code,
})
const lost = { status: 'waiting', attempt: 2, retryAtMs: 14_000, why: 'lost' } as const

test('a live connection has nothing to say', () => {
  expect(barWords({ connection: { status: 'live' }, outbox: [item('sending')] }, 10_000, 0)).toBeUndefined()
})

test('a connection that was lost is quiet for 2 s, then says when it tries next', () => {
  expect(barWords({ connection: lost, outbox: [] }, 10_000, 1999)).toBeUndefined()
  expect(barWords({ connection: lost, outbox: [] }, 10_000, 2000)).toEqual({
    text: 'Reconnecting',
    retryInSeconds: 4,
    trying: false,
    mayTryNow: true,
  })
})

test('offline it says how many messages wait, without those that failed', () => {
  const offline = { status: 'waiting', attempt: 1, retryAtMs: undefined, why: 'offline' } as const
  const bar = barWords({ connection: offline, outbox: [item('queued'), item('queued'), item('failed')] }, 0, 5000)
  expect(bar?.text).toBe('You are offline · 2 messages wait here')
})

test('what a browser takes for offline may be none: one can try', () => {
  const offline = { status: 'waiting', attempt: 1, retryAtMs: undefined, why: 'offline' } as const
  expect(barWords({ connection: offline, outbox: [] }, 0, 5000)?.mayTryNow).toBe(true)
})

test('a bus that is down is named, with the socket live or not', () => {
  const held = barWords({ connection: { status: 'live' }, outbox: [item('queued', 'bus_unavailable')] }, 0, 0)
  expect(held?.text).toBe('Messages cannot be passed on just now · 1 message waits here')
  const away = barWords({ connection: { ...lost, why: 'bus_unavailable' }, outbox: [] }, 10_000, 9000)
  expect(away?.text).toBe('Messages cannot be passed on just now')
})
