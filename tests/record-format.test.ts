import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { RoomId, RoomKey } from '@whisperrooms/protocol'
import { BODY_SCHEMAS, ENVELOPE_SCHEMAS } from '@whisperrooms/protocol/all-schemas'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { partitionOf, readMessage, roomKeyOf, writeMessage } from '../examples/kafkajs-bot/src/record.ts'
import { shardOf } from '../packages/server/src/bus/bus.ts'
import { recordCodec } from '../packages/server/src/bus/kafka/record-codec.ts'
import { recordMac } from '../packages/server/src/bus/kafka/record-mac.ts'
import { kafkaSecrets } from '../packages/server/src/bus/kafka/secrets.ts'

const PAGE = readFileSync(join(import.meta.dirname, '../docs/record-format.md'), 'utf8')
const EXAMPLE = JSON.parse(/```json\n([^`]*)```/.exec(PAGE)?.[1] ?? '')

/** The names in the first column of the table below a heading of the page; `?` marks what may be absent. */
function table(heading: string): string[] {
  const [, below = ''] = PAGE.split(`\n${heading}`)
  const [rows = ''] = /\n\|[^\n]*\n\|[-|]+\|\n((?:\|[^\n]*\n)+)/.exec(below) ?? []
  return [...rows.matchAll(/^\| `([\w.]+)`( \?)? \|/gm)].map(([, name, optional]) => `${name}${optional ?? ''}`)
}

test('the example in docs/record-format.md is what gateways compute', () => {
  const { namesKey, roomKey, macKey } = kafkaSecrets(Buffer.from(EXAMPLE.secret))
  const key = roomKey(EXAMPLE.room as RoomId)
  expect(Buffer.from(namesKey).toString('base64url')).toBe(EXAMPLE.namesKey)
  expect(key).toBe(EXAMPLE.roomKey)
  expect(shardOf(key, EXAMPLE.partitions)).toBe(EXAMPLE.partition)
  const codec = recordCodec({ macKey })
  for (const [name, kind] of [
    ['message', 'message'],
    ['control', 'typing'],
  ] as const) {
    const decoded = codec.decode(Buffer.from(key), Buffer.from(EXAMPLE[name]))
    expect(decoded).toMatchObject({ kind: 'record', record: { kind, member: 'Jx4gkSgFOaiVu0tB' } })
    if (decoded.kind === 'record') expect(codec.encode(decoded.record).toString()).toBe(EXAMPLE[name])
  }
})

test('the example bot finds rooms where gateways do, and each reads what the other writes', () => {
  const { namesKey, roomKey, macKey } = kafkaSecrets(Buffer.from(EXAMPLE.secret))
  const codec = recordCodec({ macKey })
  fc.assert(
    fc.property(
      fc.stringMatching(/^[A-Za-z0-9_-]{1,64}$/),
      fc.integer({ min: 1, max: 1_000 }),
      fc.string({ unit: 'grapheme', maxLength: 200 }),
      (room, partitions, text) => {
        const key = roomKeyOf(Buffer.from(namesKey), room)
        expect(key).toBe(roomKey(room as RoomId))
        expect(partitionOf(key, partitions)).toBe(shardOf(key as RoomKey, partitions))
        const message = {
          member: 'Jx4gkSgFOaiVu0tB',
          name: 'Robin',
          key: 'c0ffee-0001',
          text: `${text.toWellFormed()}.`,
        }
        const value = writeMessage(message, { notAfter: 5, ttlSeconds: 60 })
        const decoded = codec.decode(Buffer.from(key), value)
        expect(decoded.kind).toBe('record')
        if (decoded.kind === 'record') expect(readMessage(codec.encode(decoded.record), 5)).toEqual(message)
        expect(readMessage(value, 6)).toBeUndefined()
      },
    ),
  )
})

test('the tables of the page have the members of the schemas', () => {
  const membersOf = (schema: { readonly shape: object }) =>
    Object.entries(schema.shape).map(([name, { _zod }]) => `${name}${_zod.optin === 'optional' ? ' ?' : ''}`)
  const { mac: _, ...control } = ENVELOPE_SCHEMAS.control.shape
  expect(table('## The envelope').sort()).toEqual([...membersOf({ shape: control }), 'mac ?'].sort())
  expect(table('## Kinds and their bodies').sort()).toEqual(Object.keys(BODY_SCHEMAS).sort())
  const { from, text: __, sealed: ___, ...others } = BODY_SCHEMAS.message.shape
  expect(table('**The body of a `message`**').sort()).toEqual(
    [...membersOf(from).map((name) => `from.${name}`), 'text', 'sealed', ...membersOf({ shape: others })].sort(),
  )
})

test('what the schemas of envelopes allow, gateways read, and nothing else', () => {
  const { macKey } = kafkaSecrets(Buffer.from(EXAMPLE.secret))
  const codec = recordCodec({ macKey })
  const mac = recordMac(macKey)
  const body = EXAMPLE.message.split('\n')[1]
  const member = 'Jx4gkSgFOaiVu0tB'
  /** Mostly what is right: one field that is wrong is what a test is about. */
  const either = (right: readonly unknown[], wrong: readonly unknown[]) =>
    fc.oneof(
      { weight: 12, arbitrary: fc.constantFrom(...right) },
      { weight: 1, arbitrary: fc.constantFrom(...wrong, undefined, null, '', -1, 1.5, [], {}) },
    )
  const envelopes = fc.record({
    v: either([1], [0, '1']),
    kind: either(['message', 'set', 'x', 'k'.repeat(64)], ['k'.repeat(65), 'a b']),
    member: either([member], ['short', `${member}x`]),
    as: either(['owner', 'member', 'reader'], ['admin']),
    owner: either([undefined, 'h'.repeat(43), 'token'], ['h'.repeat(42), 'tokens']),
    via: either([undefined, 'invite', 'v'.repeat(256)], ['v'.repeat(257), 7]),
    joined: either([-1, 0, 2 ** 53 - 1], [-2, 2 ** 53]),
    key: either(['12345678', 'k'.repeat(64)], ['1234567', 'k'.repeat(65)]),
    ttl: either([0, 1, 86_400], [86_401, '1']),
    deadline: either([undefined, 0, 5.5], [2 ** 53, '5']),
    notAfter: either([0, 1.5, 2 ** 53 - 1], [2 ** 54, '5']),
  })
  let read = 0
  fc.assert(
    fc.property(envelopes, (envelope) => {
      const line = JSON.stringify(envelope)
      const isMessage = envelope.kind === 'message'
      const sealed = isMessage ? line : mac.seal(EXAMPLE.roomKey, line, Buffer.from(body))
      const decoded = codec.decode(Buffer.from(EXAMPLE.roomKey), Buffer.from(`${sealed}\n${body}`))
      const schema = isMessage ? ENVELOPE_SCHEMAS.message : ENVELOPE_SCHEMAS.control
      // A message lives as long as its time to live: that it has no deadline is more than its schema says.
      const isAllowed = schema.safeParse(JSON.parse(sealed)).success && !(isMessage && envelope.deadline !== undefined)
      expect([sealed, decoded.kind === 'record']).toEqual([sealed, isAllowed])
      if (isAllowed) read++
    }),
    { numRuns: 3_000 },
  )
  expect(read).toBeGreaterThan(300)
})
