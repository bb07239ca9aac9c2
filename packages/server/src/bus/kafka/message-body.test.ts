import type { Key, MemberId, Offset, RoomKey, RoomRecord } from '@whisperrooms/protocol'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { reduce } from '../../rooms/reducer.ts'
import type { Room } from '../../rooms/room.ts'
import type { Entry } from '../../rooms/room-log.ts'
import { Standings } from '../../rooms/standings.ts'
import { readMessageBody } from './message-body.ts'

const MEMBER = 'Member_of-16-ch_' as MemberId
const FROM = { id: MEMBER, name: 'Ada' }

const read = (body: string): string | undefined => readMessageBody(Buffer.from(body), MEMBER)?.toString()

test.each([
  ['nothing', ''],
  ['no JSON', 'hello'],
  ['no object', '[]'],
  ['null', 'null'],
  ['an empty object', '{}'],
  ['no sender', '{"text":"x"}'],
  ['no text', `{"from":${JSON.stringify(FROM)}}`],
  ['text and sealed', JSON.stringify({ from: FROM, text: 'x', sealed: 'x' })],
  ['another sender', JSON.stringify({ from: { id: 'Another-of-16-ch', name: 'Ada' }, text: 'x' })],
  ['a sender with more', JSON.stringify({ from: { ...FROM, role: 'owner' }, text: 'x' })],
  ['a sender without a name', JSON.stringify({ from: { id: MEMBER }, text: 'x' })],
  ['a name that would disguise itself', JSON.stringify({ from: { id: MEMBER, name: 'A\u202eda' }, text: 'x' })],
  ['a name that is too long', JSON.stringify({ from: { id: MEMBER, name: 'x'.repeat(33) }, text: 'x' })],
  ['a name with blanks around it', JSON.stringify({ from: { id: MEMBER, name: ' Ada' }, text: 'x' })],
  ['a list as sender', JSON.stringify({ from: [MEMBER, 'Ada'], text: 'x' })],
  ['a blank text', JSON.stringify({ from: FROM, text: ' \u200b' })],
  ['a text that is too long', JSON.stringify({ from: FROM, text: 'x'.repeat(4_001) })],
  ['half a character', `{"from":${JSON.stringify(FROM)},"text":"a\\ud800"}`],
  ['a number as text', JSON.stringify({ from: FROM, text: 7 })],
  ['null as text', JSON.stringify({ from: FROM, text: null, sealed: 'x' })],
  ['nothing sealed', JSON.stringify({ from: FROM, sealed: '' })],
  ['something sealed that is too long', JSON.stringify({ from: FROM, sealed: 'x'.repeat(32_769) })],
  ['an answer to nothing', JSON.stringify({ from: FROM, text: 'x', replyTo: null })],
  ['an answer to half a message', JSON.stringify({ from: FROM, text: 'x', replyTo: 0.5 })],
  ['an answer to what never was', JSON.stringify({ from: FROM, text: 'x', replyTo: -1 })],
  ['a number without end', `{"from":${JSON.stringify(FROM)},"text":"x","replyTo":1e999}`],
  ['meta that is a list', JSON.stringify({ from: FROM, text: 'x', meta: [] })],
  ['meta that is too long', JSON.stringify({ from: FROM, text: 'x', meta: { of: 'x'.repeat(16_384) } })],
  ['meta that is too deep', withMeta(16)],
  ['meta that is deeper than a stack', withMeta(30_000)],
  ['an offset of its own', JSON.stringify({ from: FROM, text: 'x', offset: 1 })],
  ['a type of its own', JSON.stringify({ type: 'ack', from: FROM, text: 'x' })],
  ['a prototype', `{"from":${JSON.stringify(FROM)},"text":"x","__proto__":{}}`],
  ['a prototype for its sender', `{"from":{"id":"${MEMBER}","name":"Ada","__proto__":{}},"text":"x"}`],
  ['text twice', `{"from":${JSON.stringify(FROM)},"text":"x","text":"y"}`],
  ['text twice, once in disguise', `{"from":${JSON.stringify(FROM)},"text":"x","\\u0074ext":"y"}`],
  ['a sender with two names', `{"from":{"id":"${MEMBER}","name":"Eve","name":"Ada"},"text":"x"}`],
  ['two objects', `{"from":${JSON.stringify(FROM)},"text":"x"}{"offset":1}`],
  ['an object that ends too soon', `{"from":${JSON.stringify(FROM)}}{"text":"x"}`],
  ['something behind it', `${JSON.stringify({ from: FROM, text: 'x' })}x`],
  ['a zero behind it', `${JSON.stringify({ from: FROM, text: 'x' })}\u0000`],
  ['a raw control character', `{"from":${JSON.stringify(FROM)},"text":"a\u0000"}`],
  ['a byte order mark', `\ufeff${JSON.stringify({ from: FROM, text: 'x' })}`],
])('%s is no message', (_, body) => {
  expect(read(body)).toBeUndefined()
})

test('meta may have 16 levels, and is passed on', () => {
  expect(read(withMeta(15))).toBe(withMeta(15))
})

test('the longest text passes, also where each character is written as an escape', () => {
  const text = '\u20ac'.repeat(4_000)
  expect(read(JSON.stringify({ from: FROM, text }))).toBe(JSON.stringify({ from: FROM, text }))
  expect(read(`{"from":${JSON.stringify(FROM)},"text":"${'\\u20ac'.repeat(4_000)}"}`)).toBe(
    JSON.stringify({ from: FROM, text }),
  )
})

test('whatever a writer’s JSON looks like, members get it in one form', () => {
  const plain = {
    from: { id: MEMBER, name: 'Zoë' },
    text: 'a/b: "é"',
    replyTo: 100,
    meta: { of: { a: [1, { b: null }] } },
  }
  for (const other of [
    JSON.stringify(plain, null, 2),
    `  ${JSON.stringify(plain)}\n`,
    JSON.stringify(plain).replaceAll('é', '\\u00e9').replace('a/b', 'a\\/b').replace('"text"', '"\\u0074ext"'),
    JSON.stringify(plain).replace(':100', ':1.0E2'),
  ])
    expect(read(other)).toBe(JSON.stringify(plain))
})

test('no body, however made, changes what the room says of its message', () => {
  const strange = [
    '}',
    '{',
    ',',
    '"',
    '\\',
    '\u0000',
    '\ud800',
    '"offset":1,',
    ',"type":"ack"',
    '"at":0,',
    '"expires":1e999,',
    '}{',
    '\n',
    ' ',
    '"__proto__":{},',
  ]
  const bodies = fc.oneof(
    fc
      .tuple(
        fc.string({ unit: 'binary' }),
        fc.array(fc.tuple(fc.nat(120), fc.nat(8), fc.constantFrom(...strange)), { minLength: 1, maxLength: 3 }),
      )
      .map(([text, edits]) => {
        let body = JSON.stringify({ from: FROM, text: `x${text}`, replyTo: 3, meta: { a: [text] } })
        for (const [at, cut, insert] of edits) body = body.slice(0, at) + insert + body.slice(at + cut)
        return Buffer.from(body)
      }),
    fc
      .dictionary(
        fc.constantFrom('from', 'text', 'sealed', 'replyTo', 'meta', 'offset', 'type', '__proto__'),
        fc.jsonValue({ maxDepth: 2 }),
      )
      .map((fields) => Buffer.from(JSON.stringify({ from: FROM, text: 'x', ...fields }))),
  )
  let told = 0
  fc.assert(
    fc.property(bodies, (body) => {
      const said = readMessageBody(body, MEMBER)
      if (said === undefined) return
      told++
      const frame = frameOf(said)
      const value: unknown = JSON.parse(frame)
      // Nothing is there twice: reading it and writing it again gives the same.
      expect(JSON.stringify(value)).toBe(frame)
      const { from, text, sealed, replyTo, meta, ...own } = value as Record<string, unknown>
      expect(own).toEqual({ type: 'message', offset: 41, key: 'key-of-message', at: 1_000, expires: 181_000 })
      expect(from).toMatchObject({ id: MEMBER })
    }),
    { numRuns: 5_000 },
  )
  expect(told).toBeGreaterThan(50)
})

/** A message whose meta is an object with so many lists in each other. */
function withMeta(lists: number): string {
  return `{"from":${JSON.stringify(FROM)},"text":"x","meta":{"a":${'['.repeat(lists)}${']'.repeat(lists)}}}`
}

/** What the room makes of a message, as its members get it. */
function frameOf(body: Buffer): string {
  const record: RoomRecord = {
    v: 1,
    kind: 'message',
    room: 'Room-key_of-22-chars__' as RoomKey,
    member: MEMBER,
    as: 'member',
    joined: 7 as Offset,
    key: 'key-of-message' as Key,
    ttl: 180,
    notAfter: 5_000,
    body,
  }
  const entries: Entry[] = []
  const room: Pick<Room, 'append' | 'standings'> = {
    standings: new Standings(),
    append: (entry) => void entries.push(entry),
  }
  reduce(room as Room, { record, offset: 41 as Offset, at: 1_000 }, { nowMs: 0, longestTtlMs: 300_000 })
  const [{ head, tail } = { head: '', tail: undefined }] = entries
  return head + Buffer.from(tail ?? []).toString()
}
