import { createSecretKey, type KeyObject } from 'node:crypto'
import type { RoomId } from '@whisperrooms/protocol'
import fc from 'fast-check'
import { type CryptoKey, exportJWK, exportSPKI, generateKeyPair, type JWK, SignJWT } from 'jose'
import { beforeAll, describe, expect, test } from 'vitest'
import { keySet } from './key-set.ts'
import { type TokenAnswer, type Tokens, tokens } from './tokens.ts'
import { subjectHash } from './via.ts'

const ROOM = 'tea' as RoomId
const NOW = Date.UTC(2026, 0, 1) / 1000
const SECRETS = ['q7Zk2vJ9xW4mT1sB8nR5cL0yH3gD6fPa', 'R3nW8pK5tB2yM7vC4xG9jH6sL1dQ0zFe']
const OTHER_SECRET = 'u6Yb1nM4kT9wE2rX7vP0sJ5gC8hL3dZa'
const ROUNDS = 1_000

interface Signer {
  readonly alg: string
  readonly kid?: string
  readonly key: CryptoKey | KeyObject
}

const secretKey = (secret: string) => createSecretKey(secret, 'utf8')
const bySecrets: Signer[] = SECRETS.map((secret) => ({ alg: 'HS256', key: secretKey(secret) }))
let byKeys: Signer[]
/** With the names and algorithms of the good ones. */
let impostors: Signer[]
let publicKeys: { readonly kid: string; readonly jwk: JWK; readonly pem: string }[]
let office: Tokens

async function pairs() {
  const made: { signer: Signer; publicKey: CryptoKey; kid: string }[] = []
  for (const alg of ['RS256', 'ES256', 'EdDSA']) {
    const { privateKey, publicKey } = await generateKeyPair(alg, { extractable: true })
    made.push({ signer: { alg, kid: `key-${alg}`, key: privateKey }, publicKey, kid: `key-${alg}` })
  }
  return made
}

beforeAll(async () => {
  const good = await pairs()
  byKeys = good.map(({ signer }) => signer)
  impostors = [...(await pairs()).map(({ signer }) => signer), { alg: 'HS256', key: secretKey(OTHER_SECRET) }]
  publicKeys = await Promise.all(
    good.map(async ({ publicKey, kid }) => ({
      kid,
      jwk: { ...(await exportJWK(publicKey)), kid },
      pem: await exportSPKI(publicKey),
    })),
  )
  office = officeWith({})
})

function officeWith(options: Partial<Parameters<typeof tokens>[0]>, nowMs = NOW * 1000): Tokens {
  const keys = publicKeys.map(({ jwk }) => jwk)
  return tokens({
    secrets: SECRETS,
    keySet: keySet({ read: () => Promise.resolve({ keys }), clock: () => 0, failed: () => undefined }),
    issuer: undefined,
    audience: undefined,
    wallClock: () => new Date(nowMs),
    subjectOf: subjectHash(Buffer.alloc(32, 7)),
    ...options,
  })
}

const claimsOf = (fields: object = {}) => ({ sub: 'ada', exp: NOW + 60, rooms: { tea: 'member' }, ...fields })

const sign = (claims: object, { alg, kid, key }: Signer = bySecrets[0] as Signer): Promise<string> =>
  new SignJWT({ ...claims }).setProtectedHeader({ alg, ...(kid === undefined ? {} : { kid }) }).sign(key)

const signers = (): Signer[] => [...bySecrets, ...byKeys]
const nth = <T>(list: readonly T[], i: number): T => list[i % list.length] as T
const codeOf = (answer: TokenAnswer) => (answer.ok ? 'ok' : answer.code)
const encoded = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')

async function unsigned(i: number): Promise<string> {
  const signature = nth(['', (await sign(claimsOf(), nth(signers(), i))).split('.')[2] ?? ''], i)
  return `${encoded({ alg: nth(['none', 'None', 'NONE', 'nOnE'], i), typ: 'JWT' })}.${encoded(claimsOf())}.${signature}`
}

/** Signed with HS256, and what everybody knows of a public key for the secret. */
function confused(i: number): Promise<string> {
  const { kid, jwk, pem } = nth(publicKeys, i)
  const { kid: _, ...bare } = jwk
  const der = Buffer.from(pem.replace(/-----[^-]+-----|\s/g, ''), 'base64')
  const known: (string | Buffer)[] = [
    pem,
    pem.trim(),
    der,
    JSON.stringify(jwk),
    JSON.stringify(bare),
    jwk.x ?? jwk.n ?? '',
  ]
  const secret = nth(known, Math.floor(i / publicKeys.length))
  return sign(claimsOf(), { alg: 'HS256', kid, key: createSecretKey(Buffer.from(secret)) })
}

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'

/** Any bit of any character or of what it stands for; often of the last, which holds spare bits. */
async function altered(i: number): Promise<string> {
  const token = await sign(claimsOf({ jti: `${i}` }), nth(signers(), i))
  const at = i % 4 === 0 ? token.length - 1 : (i * 7_919) % token.length
  const stands = ALPHABET.indexOf(token.charAt(at))
  const isWithin = i % 2 === 0 && stands >= 0
  const changed = isWithin
    ? ALPHABET.charAt(stands ^ (1 << (i % 6)))
    : String.fromCharCode(token.charCodeAt(at) ^ (1 << (i % 7)))
  return `${token.slice(0, at)}${changed}${token.slice(at + 1)}`
}

const KINDS: readonly [title: string, code: string, make: (i: number) => Promise<string>][] = [
  ['forged', 'bad_token', (i) => sign(claimsOf(), nth(impostors, i))],
  ['expired', 'expired_token', (i) => sign(claimsOf({ exp: NOW - i }), nth(signers(), i))],
  ['not yet valid', 'bad_token', (i) => sign(claimsOf({ nbf: NOW + 6 + i, exp: NOW + 60 + i }), nth(signers(), i))],
  [
    'for another room',
    'bad_token',
    (i) => sign(claimsOf({ rooms: { [`tea${i}`]: 'owner', te: 'owner', '*-': 'owner' } }), nth(signers(), i)),
  ],
  ['of the algorithm none', 'bad_token', unsigned],
  ['key-confused', 'bad_token', confused],
  ['altered by one bit', 'bad_token', altered],
]

test.each(KINDS)(`${ROUNDS} tokens that are %s are %s, and the right ones between them ok`, async (_, code, make) => {
  const wrong: string[] = []
  for (let i = 0; i < ROUNDS; i++) {
    const answer = codeOf(await office.read(await make(i), ROOM))
    if (answer !== code) wrong.push(`${i}: ${answer}`)
    const control = codeOf(await office.read(await sign(claimsOf(), nth(signers(), i)), ROOM))
    if (control !== 'ok') wrong.push(`control ${i}: ${control}`)
  }
  expect(wrong).toEqual([])
})

test('whatever stands where a token should be is a bad one', async () => {
  const part = fc.oneof(
    fc.string(),
    fc.json().map((json) => Buffer.from(json).toString('base64url')),
  )
  const anything = fc.oneof(
    fc.string(),
    fc.array(part, { minLength: 1, maxLength: 6 }).map((parts) => parts.join('.')),
  )
  await fc.assert(
    fc.asyncProperty(anything, async (token) => codeOf(await office.read(token, ROOM)) === 'bad_token'),
    { numRuns: 1_000 },
  )
  expect(codeOf(await office.read(undefined, ROOM))).toBe('bad_token')
})

describe('of a signed token', () => {
  const read = async (fields: object, using = office) => using.read(await sign(claimsOf(fields)), ROOM)

  test.each<[string, object]>([
    ['no end', { exp: undefined }],
    ['an end that is no number', { exp: 'tomorrow' }],
    ['no subject', { sub: undefined }],
    ['an empty subject', { sub: '' }],
    ['a subject that is a number', { sub: 7 }],
    ['a subject of 257 characters', { sub: 'x'.repeat(257) }],
    ['no rooms', { rooms: undefined }],
    ['rooms in a list', { rooms: ['tea'] }],
    ['a role that there is not', { rooms: { tea: 'operator' } }],
    ['one wrong role among right ones', { rooms: { tea: 'member', coffee: 'king' } }],
    ['what is no name of rooms', { rooms: { tea: 'member', 'a room': 'member' } }],
    ['a name that is a number', { name: 7 }],
    ['a name that shows nothing', { name: '\u200b ' }],
  ])('%s opens nothing', async (_, fields) => {
    expect(codeOf(await read(fields))).toBe('bad_token')
  })

  test('issuer and audience count where the operator says which', async () => {
    const strict = officeWith({ issuer: 'https://id.example', audience: 'chat' })
    const right = { iss: 'https://id.example', aud: ['mail', 'chat'] }
    expect(codeOf(await read(right, strict))).toBe('ok')
    expect(codeOf(await read({ ...right, iss: 'https://id.example.org' }, strict))).toBe('bad_token')
    expect(codeOf(await read({ ...right, aud: 'mail' }, strict))).toBe('bad_token')
    expect(codeOf(await read({}, strict))).toBe('bad_token')
  })

  test('it may begin up to 5 s ahead of this clock, and ends at its time and not later', async () => {
    expect(codeOf(await read({ nbf: NOW + 5 }))).toBe('ok')
    const answer = await read({ exp: NOW + 1 }, officeWith({}, NOW * 1000 + 999))
    expect(answer).toMatchObject({ ok: true, claims: { expiresMs: (NOW + 1) * 1000 } })
    expect(codeOf(await read({ exp: NOW + 1 }, officeWith({}, NOW * 1000 + 1_000)))).toBe('expired_token')
  })

  test('the name is cleaned, and cut where it is too long; whose it is, is told by room and in no plain words', async () => {
    const name = ' \u202eDr. Maria Theresia von und zu Liechtenstein'
    const answer = await read({ name, sub: 'maria@example.org' })
    expect(answer).toMatchObject({ ok: true, claims: { name: 'Dr. Maria Theresia von und zu', role: 'member' } })
    expect(JSON.stringify(answer)).not.toContain('maria@')
    const elsewhere = await office.read(
      await sign(claimsOf({ sub: 'maria@example.org', rooms: { '*': 'member' } })),
      'coffee' as RoomId,
    )
    const again = await read({ sub: 'maria@example.org' })
    const subjects = [answer, elsewhere, again].map((one) => (one.ok ? one.claims.subject : ''))
    expect(subjects[0]).toMatch(/^[\w-]{16}$/)
    expect(subjects[0]).toBe(subjects[2])
    expect(subjects[0]).not.toBe(subjects[1])
  })

  test.each<[role: string, rooms: object]>([
    ['member', { '*': 'owner', 'te*': 'reader', tea: 'member' }],
    ['reader', { '*': 'owner', 'te*': 'reader', coffee: 'member' }],
    ['owner', { '*': 'owner', 'team-*': 'reader' }],
    ['reader', { 't*': 'owner', '*a': 'reader' }],
  ])('the most specific room decides: %s of %o', async (role, rooms) => {
    expect(await read({ rooms })).toMatchObject({ ok: true, claims: { role } })
  })
})

test('where only secrets sign, nothing that a key of a set has signed is believed, and the other way round', async () => {
  const noKeys = officeWith({ keySet: undefined })
  const noSecrets = officeWith({ secrets: [] })
  for (const signer of byKeys) expect(codeOf(await noKeys.read(await sign(claimsOf(), signer), ROOM))).toBe('bad_token')
  for (const signer of bySecrets)
    expect(codeOf(await noSecrets.read(await sign(claimsOf(), signer), ROOM))).toBe('bad_token')
})
