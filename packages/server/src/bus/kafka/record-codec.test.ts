import {
  BEFORE_FIRST,
  type Key,
  type MemberId,
  type Offset,
  type RoomKey,
  type RoomRecord,
} from '@whisperrooms/protocol'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type Decoded, RECORD_VERSION, recordCodec } from './record-codec.ts'

const ROOM = 'Room-key_of-22-chars__' as RoomKey
const MEMBER = 'Member_of-16-ch_' as MemberId
const FROM = { id: MEMBER, name: 'Ada' }
const codec = recordCodec({ macKey: Buffer.alloc(32, 1) })

interface Fields extends Partial<Omit<RoomRecord, 'body'>> {
  readonly body?: string | Uint8Array | object
}

function message(fields: Fields = {}): RoomRecord {
  const { body = { from: FROM, text: 'hello' }, ...others } = fields
  return {
    v: 1,
    kind: 'message',
    room: ROOM,
    member: MEMBER,
    as: 'member',
    joined: 7 as Offset,
    key: 'key-of-message' as Key,
    ttl: 180,
    notAfter: 1_800_000_000_000.25,
    body: body instanceof Uint8Array ? body : Buffer.from(typeof body === 'string' ? body : JSON.stringify(body)),
    ...others,
  }
}

const control = (fields: Fields = {}): RoomRecord => message({ kind: 'set', ttl: 0, body: { locked: true }, ...fields })

const decode = (key: string | Buffer, value: string | Buffer): Decoded =>
  codec.decode(Buffer.from(key), Buffer.from(value))
const readBack = (record: RoomRecord): Decoded => codec.decode(Buffer.from(record.room), codec.encode(record))

/** The value of a message with these fields in its envelope, whatever they are. */
function written(
  envelope: Readonly<Record<string, unknown>>,
  body: string | Buffer = JSON.stringify({ from: FROM, text: 'hello' }),
): Buffer {
  const { room: _, body: __, ...fields } = message()
  return Buffer.concat([Buffer.from(`${JSON.stringify({ ...fields, ...envelope })}\n`), Buffer.from(body)])
}

const BAD_ENVELOPE = { kind: 'unreadable', room: ROOM, why: 'bad_envelope' }

describe('what a gateway writes, others read', () => {
  const word = (least: number, most: number) => fc.stringMatching(new RegExp(`^[A-Za-z0-9_-]{${least},${most}}$`))
  const time = fc.double({ min: 0, max: Number.MAX_SAFE_INTEGER, noNaN: true }).map((value) => value + 0)
  const text = fc.string({ unit: 'binary', minLength: 1, maxLength: 400 }).map((some) => `${some.toWellFormed()}.`)
  const fields = {
    v: fc.constant(1 as const),
    room: word(22, 22) as fc.Arbitrary<RoomKey>,
    as: fc.constantFrom('owner', 'member', 'reader'),
    owner: fc.option(fc.oneof(word(43, 43), fc.constant('token')), { nil: undefined }),
    via: fc.option(fc.string({ unit: 'grapheme', maxLength: 60 }), { nil: undefined }),
    joined: fc.integer({ min: BEFORE_FIRST, max: Number.MAX_SAFE_INTEGER }) as unknown as fc.Arbitrary<Offset>,
    key: word(8, 64) as fc.Arbitrary<Key>,
    notAfter: time,
  } as const
  const messages = fc
    .tuple(
      fc.record({ ...fields, ttl: fc.integer({ min: 1, max: 86_400 }) }),
      word(16, 16),
      text,
      fc.boolean(),
      fc.option(fc.nat(), { nil: undefined }),
    )
    .map(([others, member, said, isSealed, replyTo]) => ({
      ...others,
      kind: 'message',
      member: member as MemberId,
      body: Buffer.from(
        JSON.stringify({
          from: { id: member, name: 'Ada' },
          ...(isSealed ? { sealed: said } : { text: said }),
          replyTo,
        }),
      ),
    }))
  const controls = fc
    .tuple(
      fc.record({
        ...fields,
        ttl: fc.nat(86_400),
        member: word(16, 16),
        deadline: fc.option(time, { nil: undefined }),
      }),
      word(1, 64).filter((kind) => kind !== 'message'),
      fc.uint8Array({ maxLength: 300 }),
    )
    .map(([others, kind, body]) => ({ ...others, member: others.member as MemberId, kind, body: Buffer.from(body) }))
  const records = fc.oneof(messages, controls).map(withoutUndefined)

  test('every record comes back as it was', () => {
    fc.assert(
      fc.property(records, (record) => {
        expect(readBack(record)).toEqual({ kind: 'record', record })
      }),
      { numRuns: 2_000 },
    )
  })

  test('whatever becomes of the bytes, nothing is thrown, and no control record says anything else than it did', () => {
    fc.assert(
      fc.property(records, changes(), (record, change) => {
        const key = change.ofKey(Buffer.from(record.room))
        const decoded = codec.decode(key, change.ofValue(codec.encode(record)))
        if (decoded.kind === 'record' && decoded.record.kind !== 'message')
          expect(decoded).toEqual({ kind: 'record', record })
      }),
      { numRuns: 5_000 },
    )
  })
})

describe('what is on the topic and no record', () => {
  test('a message under a key that is no room’s is nobody’s', () => {
    const value = codec.encode(message())
    for (const key of [
      '',
      'short',
      `${ROOM}x`,
      'Room-key.of-22-chars__',
      'Room-key of-22-chars__',
      `${ROOM.slice(0, 21)}\n`,
    ])
      expect(decode(key, value)).toEqual({ kind: 'foreign', why: 'no_room_key' })
    for (const key of [null, undefined])
      expect(codec.decode(key, value)).toEqual({ kind: 'foreign', why: 'no_room_key' })
    expect(codec.decode(Buffer.alloc(22, 0xff), value)).toEqual({ kind: 'foreign', why: 'no_room_key' })
  })

  test('a tombstone says nothing', () => {
    for (const value of [null, undefined, Buffer.alloc(0)])
      expect(codec.decode(Buffer.from(ROOM), value)).toEqual({ kind: 'foreign', why: 'no_value' })
  })

  test('what cannot be read under a room’s key is told as missing there', () => {
    const { room: _, body: __, ...envelope } = message()
    const texts = [
      'x',
      '\n',
      '{}\n',
      'null\n{}',
      '[]\n{}',
      '7\n{}',
      '{"v":1}\n{}',
      '{"v":1',
      '{"v":1}{"from":1}',
      JSON.stringify(envelope),
    ]
    for (const value of [...texts.map((text) => Buffer.from(text)), Buffer.alloc(300), Buffer.alloc(300, 0xff)])
      expect(decode(ROOM, value)).toEqual(BAD_ENVELOPE)
  })

  test('a record of a newer version is told as missing, whatever is in it', () => {
    for (const envelope of [{ v: 2 }, { v: 2, kind: 'set' }, { v: 1_000, kind: { of: 'another kind' }, member: 1 }])
      expect(decode(ROOM, written(envelope))).toEqual({ kind: 'unreadable', room: ROOM, why: 'newer' })
    for (const v of [0, -1, '2', null, 1.5 - 1]) expect(decode(ROOM, written({ v }))).toEqual(BAD_ENVELOPE)
  })

  test('a value above 68 KiB is not looked at', () => {
    const most = 68 * 1024
    const value = codec.encode(control({ kind: 'later', body: Buffer.alloc(most) }))
    expect(decode(ROOM, value)).toEqual({ kind: 'unreadable', room: ROOM, why: 'oversized' })
    const envelope = value.length - most
    expect(readBack(control({ kind: 'later', body: Buffer.alloc(most - envelope) }))).toMatchObject({ kind: 'record' })
    expect(readBack(control({ kind: 'later', body: Buffer.alloc(most - envelope + 1) }))).toMatchObject({
      why: 'oversized',
    })
  })

  test('each field of an envelope is what it says or the record is told as missing', () => {
    const wrong: Readonly<Record<string, readonly unknown[]>> = {
      member: [undefined, '', 'short', `${MEMBER}x`, 'Member"of-16-ch_', 7, null, [MEMBER]],
      as: [undefined, 'admin', '', null, 1],
      owner: ['short', null, 7, 'x'.repeat(44)],
      via: [7, null, 'x'.repeat(257)],
      joined: [undefined, -2, 0.5, 2 ** 53, '7', null],
      key: [undefined, 'short', 'x'.repeat(65), 'key"of-message', 'key-of-\n-message', null],
      ttl: [undefined, 0, -1, 0.5, 1.5, 86_401, '180', null],
      deadline: [0, 5, 2 ** 52, null],
      notAfter: [undefined, -1, 2 ** 54, '5', null],
    }
    for (const [field, values] of Object.entries(wrong))
      for (const value of values)
        expect([field, value, decode(ROOM, written({ [field]: value }))]).toEqual([field, value, BAD_ENVELOPE])
  })

  test('a number that is too large for JSON is no number', () => {
    for (const field of ['joined', 'ttl', 'notAfter']) {
      const value = written({ [field]: 5 })
        .toString()
        .replace(`"${field}":5`, `"${field}":1e999`)
      expect(decode(ROOM, value)).toEqual(BAD_ENVELOPE)
    }
  })

  test('fields that a later writer of this version adds are let be', () => {
    expect(decode(ROOM, written({ traceId: 'x', mac: 'not one', __proto__: null }))).toEqual({
      kind: 'record',
      record: message(),
    })
    const value = written({}).toString().replace('{', '{"__proto__":{"deadline":5},"constructor":1,')
    expect(decode(ROOM, value)).toEqual({ kind: 'record', record: message() })
  })
})

describe('what changes a room is from a gateway', () => {
  test('without a MAC it is nobody’s', () => {
    for (const kind of ['set', 'burn', 'create', 'end', 'unsend', 'typing', 'kick', 'Message', 'not known yet', ''])
      expect([kind, decode(ROOM, written({ kind }))]).toEqual([kind, { kind: 'foreign', why: 'no_mac' }])
    for (const kind of [7, null, undefined, ['set']]) expect(decode(ROOM, written({ kind }))).toEqual(BAD_ENVELOPE)
  })

  test('with a MAC of another secret, of another room or another body it is nobody’s', () => {
    const noMac = { kind: 'foreign', why: 'no_mac' }
    const elsewhere = recordCodec({ macKey: Buffer.alloc(32, 2) }).encode(control())
    expect(decode(ROOM, elsewhere)).toEqual(noMac)
    expect(decode('Another-key-of-22-char', codec.encode(control()))).toEqual(noMac)
    const value = codec.encode(control()).toString()
    expect(decode(ROOM, value.replace('true', 'null'))).toEqual(noMac)
    expect(decode(ROOM, value.replace('"as":"member"', '"as":"reader"'))).toEqual(noMac)
    expect(decode(ROOM, value)).toEqual({ kind: 'record', record: control() })
  })

  test('a line end moved between envelope and body makes it nobody’s', () => {
    const value = codec.encode(control({ body: '{"a":1}\n{"b":2}' }))
    const end = value.indexOf(0x0a)
    for (const moved of [
      value.subarray(0, end),
      Buffer.concat([value.subarray(0, end), Buffer.from('\n'), value.subarray(end)]),
    ])
      expect(decode(ROOM, moved).kind).not.toBe('record')
  })

  test('a MAC is the last in the envelope, and there is nothing behind it', () => {
    const value = codec.encode(control()).toString()
    const [envelope = '', body = ''] = value.split('\n')
    const mac = /,"mac":"[^"]*"/.exec(envelope)?.[0] ?? ''
    expect(mac).toHaveLength(31)
    for (const moved of [
      envelope.replace(mac, '').replace('{', `{${mac.slice(1)},`),
      envelope.replace('}', ',"ttl":86400}'),
      envelope.replace('"}', '" }'),
      envelope.replace(mac, `${mac}${mac}`),
      envelope.replace(mac, ',"mac":""'),
    ])
      expect(decode(ROOM, `${moved}\n${body}`)).toEqual({ kind: 'foreign', why: 'no_mac' })
  })

  test('a later version’s kind is passed on with its body as it is', () => {
    const record = control({ kind: 'key-hand-over', ttl: 60, body: Buffer.from([0, 255, 10, 128]) })
    expect(readBack(record)).toEqual({ kind: 'record', record })
  })
})

test('a message whose body is not as it must be, or not UTF-8, is told as missing', () => {
  expect(decode(ROOM, written({}, JSON.stringify({ from: FROM, text: '' })))).toEqual({
    kind: 'unreadable',
    room: ROOM,
    why: 'bad_body',
  })
  const [before, after] = JSON.stringify({ from: FROM, text: 'a*b' }).split('*')
  for (const bytes of [[0xff], [0xc3], [0xc0, 0x80], [0xed, 0xa0, 0x80], [0xf4, 0x90, 0x80, 0x80]]) {
    const body = Buffer.concat([Buffer.from(before ?? ''), Buffer.from(bytes), Buffer.from(after ?? '')])
    expect(decode(ROOM, written({}, body)).kind).toBe('unreadable')
  }
})

test('a version that is not known is not written', () => {
  expect(codec.encode(message(), RECORD_VERSION)).toEqual(codec.encode(message()))
  for (const version of [0, RECORD_VERSION + 1]) expect(() => codec.encode(message(), version)).toThrow(RangeError)
})

function withoutUndefined(record: { readonly [Name in keyof RoomRecord]: RoomRecord[Name] | undefined }): RoomRecord {
  return Object.fromEntries(Object.entries(record).filter(([, value]) => value !== undefined)) as unknown as RoomRecord
}

/** Something that happens to bytes: some are changed, cut out, put in or said again. */
function changes() {
  const edit = fc.tuple(fc.nat(600), fc.nat(6), fc.uint8Array({ maxLength: 6 }))
  return fc
    .tuple(fc.array(edit, { minLength: 1, maxLength: 3 }), fc.array(edit, { maxLength: 1 }))
    .map(([ofValue, ofKey]) => ({
      ofValue: (bytes: Buffer) => edited(bytes, ofValue),
      ofKey: (bytes: Buffer) => edited(bytes, ofKey),
    }))
}

function edited(bytes: Buffer, edits: readonly (readonly [number, number, Uint8Array])[]): Buffer {
  let changed = bytes
  for (const [place, cut, insert] of edits) {
    const at = place % (changed.length + 1)
    changed = Buffer.concat([changed.subarray(0, at), insert, changed.subarray(at + cut)])
  }
  return changed
}

test('an operator’s record is read when a gateway has written it, and a message of an operator is none', () => {
  const record = control({ as: 'operator', kind: 'close' })
  expect(readBack(record)).toEqual({ kind: 'record', record })
  expect(decode(ROOM, written({ as: 'operator' }))).toEqual(BAD_ENVELOPE)
  expect(decode(ROOM, written({ as: 'operator', kind: 'close' }, '{}'))).toEqual({ kind: 'foreign', why: 'no_mac' })
})
