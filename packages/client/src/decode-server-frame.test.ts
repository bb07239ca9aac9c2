import fc from 'fast-check'
import { expect, test } from 'vitest'
import { decodeServerFrame } from './decode-server-frame.ts'
import { visit } from './testing/room.ts'

const decode = (frame: object) => decodeServerFrame(JSON.stringify(frame))

test('a frame that is known comes as it is, with what newer servers put into it', () => {
  const ack = { type: 'ack', key: 'k', target: 1, expires: 2, later: { x: 1 } }
  expect(decode(ack)).toEqual({ frame: ack, offset: undefined })
})

test('of a frame that is unknown or malformed only its place in the log is left', () => {
  expect(decode({ type: 'reaction', offset: 9 })).toEqual({ frame: undefined, offset: 9 })
  expect(decode({ type: 'removed', offset: 9, targets: 5 })).toEqual({ frame: undefined, offset: 9 })
  expect(decode({ type: 'constructor', offset: 9 })).toEqual({ frame: undefined, offset: 9 })
  expect(decode({ type: 'live', cursor: null, recovered: true, missed: null })).toMatchObject({ frame: undefined })
})

test('whatever a server sends, no client falls over', () => {
  const script = visit()
  const socket = script.letIn()
  const types = fc.constantFrom(
    'welcome',
    'live',
    'message',
    'ack',
    'removed',
    'room',
    'presence',
    'gap',
    'error',
    'pong',
  )
  const frame = fc.tuple(
    types,
    fc.dictionary(fc.constantFrom('offset', 'cursor', 'key', 'targets', 'members'), fc.jsonValue()),
  )
  fc.assert(
    fc.property(fc.oneof(fc.json(), fc.string(), frame), (sent) => {
      if (typeof sent === 'string') socket.deliver(sent)
      else socket.deliver({ ...sent[1], type: sent[0] })
      expect(script.room.getSnapshot().connection.status).toBe('live')
    }),
  )
})
