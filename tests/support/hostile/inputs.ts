import { LIMITS } from '@whisperrooms/protocol'
import fc from 'fast-check'
import { frameBytes, OPCODE } from '../raw-socket.ts'

/** Bytes that somebody sends who means no good. */
export interface HostileInput {
  readonly kind: string
  readonly bytes: Buffer
}

const SECRET = 'abcdefghijklmnopqrstuv'
const KEY = fc.stringMatching(/^[\w-]{8,12}$/)
const anything = fc.oneof(
  fc.string(),
  fc.integer(),
  fc.boolean(),
  fc.constant(null),
  fc.array(fc.integer(), { maxLength: 3 }),
)

/** Frames of the protocol, most of them right in form. */
const frame = fc.oneof(
  fc.record({ type: fc.constant('send'), key: KEY, text: fc.string({ maxLength: 300, unit: 'binary' }) }),
  fc.record({ type: fc.constant('send'), key: KEY, text: fc.constant('x'.repeat(LIMITS.textChars + 1)) }),
  fc.record({ type: fc.constant('send'), key: KEY, text: fc.string(), before: fc.integer(), ttl: fc.double() }),
  fc.record({ type: fc.constantFrom('unsend', 'load'), target: fc.integer(), before: fc.integer() }),
  fc.record({ type: fc.constantFrom('typing', 'ping', 'leave', 'burn', 'kick', 'react', 'auth'), on: anything }),
  fc.record({ type: fc.constant('set'), ttl: anything, locked: anything, history: anything }),
  fc.record({ type: fc.constant('rename'), name: fc.string({ unit: 'grapheme', maxLength: 200 }) }),
  fc.record({ type: fc.constant('skip'), key: KEY }),
  fc.record({ type: fc.constant('auth'), token: fc.string({ maxLength: 300 }) }),
  fc.record({
    type: fc.constant('join'),
    protocol: fc.constantFrom(1, 2, -1),
    name: fc.string({ maxLength: 40 }),
    session: fc.constant(SECRET),
    create: fc.record({ ttl: fc.integer() }, { requiredKeys: [] }),
    cursor: fc.record({ epoch: fc.string(), offset: fc.integer() }),
  }),
  fc.dictionary(fc.constantFrom('type', 'key', 're', '__proto__', 'constructor', 'text'), anything),
)
const json = frame.map((value) => JSON.stringify(value))
const text = json.map((body) => frameBytes(OPCODE.text, body))

const mutated = fc
  .tuple(text, fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 6 }))
  .map(([bytes, changes]) => {
    const copy = Buffer.from(bytes)
    for (const [at, value] of changes) copy[at % copy.length] = value
    return copy
  })

const illFormed = fc
  .tuple(json, fc.nat(15), fc.boolean(), fc.boolean(), fc.nat(7))
  .map(([body, opcode, fin, masked, reserved]) => frameBytes(opcode, body, { fin, masked, reserved }))

/** The head of a frame whose payload never comes, or not all of it. */
const huge = fc
  .tuple(
    fc.constantFrom(0x81, 0x82, 0x01),
    fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
    fc.uint8Array({ maxLength: 40 }),
  )
  .map(([first, length, rest]) => {
    const head = Buffer.alloc(10)
    head[0] = first
    head[1] = 0xff
    head.writeBigUInt64BE(length, 2)
    return Buffer.concat([head, rest])
  })

const fragments = fc.tuple(json, fc.nat(400)).map(([body, most]) => {
  const bytes = Buffer.from(body).subarray(0, most + 2)
  return Buffer.concat(
    [...bytes].map((byte, i) =>
      frameBytes(i === 0 ? OPCODE.text : OPCODE.continuation, Buffer.from([byte]), { fin: i === bytes.length - 1 }),
    ),
  )
})

const controls = fc
  .tuple(
    fc.constantFrom(OPCODE.ping, OPCODE.pong, OPCODE.close),
    fc.uint8Array({ maxLength: 130 }),
    fc.integer({ min: 1, max: 30 }),
  )
  .map(([opcode, body, times]) =>
    Buffer.concat(Array.from({ length: times }, () => frameBytes(opcode, Buffer.from(body)))),
  )

const deep = fc.integer({ min: 1, max: 5_000 }).map((depth) => frameBytes(OPCODE.text, '['.repeat(depth)))

const of = (kind: string, bytes: fc.Arbitrary<Buffer>): fc.Arbitrary<HostileInput> =>
  bytes.map((made) => ({ kind, bytes: made }))

export const HOSTILE_INPUT: fc.Arbitrary<HostileInput> = fc.oneof(
  { weight: 6, arbitrary: of('frame', text) },
  { weight: 4, arbitrary: of('mutated', mutated) },
  { weight: 3, arbitrary: of('ill-formed', illFormed) },
  { weight: 1, arbitrary: of('huge', huge) },
  { weight: 2, arbitrary: of('fragments', fragments) },
  { weight: 2, arbitrary: of('controls', controls) },
  { weight: 1, arbitrary: of('deep', deep) },
  {
    weight: 2,
    arbitrary: of(
      'binary',
      fc.uint8Array({ maxLength: 300 }).map((body) => frameBytes(OPCODE.binary, Buffer.from(body))),
    ),
  },
  {
    weight: 1,
    arbitrary: of(
      'garbage',
      fc.uint8Array({ maxLength: 300 }).map((body) => Buffer.from(body)),
    ),
  },
)
