import type { Offset, RoomKey } from '@whisperrooms/protocol'
import { expect, test } from 'vitest'
import { stateCodec, stateKey } from './state-entries.ts'

const codec = stateCodec(Buffer.alloc(32, 7))
const room = 'tea' as RoomKey
const snapshot = { epoch: 'epoch', asOf: 7 as Offset, lockedAt: 5 as Offset, settings: { ttl: 120 } }

const decode = (content: object) => {
  const key = stateKey.room(room)
  return codec.decode(Buffer.from(key), codec.encode(key, content))
}

test('a snapshot is read as it was written', () => {
  const value = { ...snapshot, openedAt: 3 as Offset }
  expect(decode(value)).toEqual({ type: 'room', room, value })
})

test('of a snapshot of an earlier version it is not known where its room was made', () => {
  expect(decode(snapshot)).toEqual({ type: 'room', room, value: { ...snapshot, openedAt: -1 } })
})
