import { createServer, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { RoomId } from '@whisperrooms/protocol'
import { type CryptoKey, exportJWK, generateKeyPair, type JWK, SignJWT } from 'jose'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { keySet } from './key-set.ts'
import { readJwks } from './read-jwks.ts'
import { tokens } from './tokens.ts'

const ROOM = 'tea' as RoomId
const WALL = Date.UTC(2026, 0, 1)

interface Key {
  readonly kid: string
  readonly privateKey: CryptoKey
  readonly jwk: JWK
}

async function makeKey(kid: string): Promise<Key> {
  const { privateKey, publicKey } = await generateKeyPair('ES256', { extractable: true })
  return { kid, privateKey, jwk: { ...(await exportJWK(publicKey)), kid, alg: 'ES256', use: 'sig' } }
}

let server: Server
let url: string
let asked: number
let answer: (response: ServerResponse) => void
let nowMs: number
let failures: number

beforeEach(async () => {
  asked = 0
  failures = 0
  nowMs = 0
  server = createServer((_, response) => {
    asked++
    answer(response)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/keys`
})
afterEach(() => {
  server.closeAllConnections()
  server.close()
})

const publish =
  (...keys: Key[]) =>
  (response: ServerResponse): void => {
    response.end(JSON.stringify({ keys: keys.map(({ jwk }) => jwk) }))
  }
const down = (response: ServerResponse): void => {
  response.writeHead(503).end()
}

function office() {
  const keys = keySet({
    read: () => readJwks(url),
    clock: () => nowMs,
    failed: () => {
      failures++
    },
  })
  const reader = tokens({
    secrets: [],
    keySet: keys,
    issuer: undefined,
    audience: undefined,
    wallClock: () => new Date(WALL),
    subjectOf: (_, subject) => subject,
  })
  return async ({ kid, privateKey }: Pick<Key, 'kid' | 'privateKey'>): Promise<string> => {
    const claims = { sub: 'ada', exp: WALL / 1000 + 60, rooms: { tea: 'member' } }
    const token = await new SignJWT(claims).setProtectedHeader({ alg: 'ES256', kid }).sign(privateKey)
    const read = await reader.read(token, ROOM)
    return read.ok ? 'ok' : read.code
  }
}

test('keys are asked for once, by however many, and a new one is taken up at once', async () => {
  const [one, two] = [await makeKey('one'), await makeKey('two')]
  answer = publish(one)
  const show = office()
  expect(await Promise.all([show(one), show(one), show(one)])).toEqual(['ok', 'ok', 'ok'])
  expect(asked).toBe(1)
  answer = publish(one, two)
  expect([await show(two), await show(one), asked]).toEqual(['ok', 'ok', 2])
})

test('a key that was withdrawn ends within five minutes', async () => {
  const [one, two] = [await makeKey('one'), await makeKey('two')]
  answer = publish(one, two)
  const show = office()
  expect(await show(one)).toBe('ok')
  answer = publish(two)
  nowMs += 5 * 60_000
  expect([await show(one), await show(two)]).toEqual(['bad_token', 'ok'])
})

test('names of keys that there are none of are bad tokens, and ask the key server once in ten seconds', async () => {
  const [one, none] = [await makeKey('one'), await makeKey('none')]
  answer = publish(one)
  const show = office()
  expect(await show(one)).toBe('ok')
  for (let i = 0; i < 50; i++) expect(await show({ ...none, kid: `none-${i}` })).toBe('bad_token')
  expect(asked).toBe(2)
  nowMs += 10_000
  expect(await show(none)).toBe('bad_token')
  expect(asked).toBe(3)
})

test('while the key server is down known keys go on, others cannot be judged, and it is not pressed', async () => {
  const [one, two] = [await makeKey('one'), await makeKey('two')]
  answer = publish(one)
  const show = office()
  expect(await show(one)).toBe('ok')
  answer = down
  expect(await show(two)).toBe('auth_unavailable')
  nowMs += 20 * 60_000
  for (let i = 0; i < 20; i++) expect(await show(one)).toBe('ok')
  expect(await show(two)).toBe('auth_unavailable')
  expect([asked, failures]).toEqual([3, 2])
  answer = publish(one, two)
  nowMs += 10_000
  expect([await show(two), await show(one)]).toEqual(['ok', 'ok'])
})

test.each<[string, (response: ServerResponse) => void]>([
  ['is down', down],
  ['sends elsewhere', (response) => response.writeHead(302, { location: url }).end()],
  ['says no JSON', (response) => response.end('<html>')],
  ['says something else', (response) => response.end('{"keys":{}}')],
  ['says too much', (response) => response.end(JSON.stringify({ keys: [], more: 'x'.repeat(70_000) }))],
  ['hangs up', (response) => response.destroy()],
])('with a key server that %s nobody is judged', async (_, say) => {
  answer = say
  const show = office()
  expect([await show(await makeKey('one')), failures]).toEqual(['auth_unavailable', 1])
})

test('a key server that never comes to an end is given up', async () => {
  answer = (response) => response.write('{"keys":[')
  const show = office()
  expect(await show(await makeKey('one'))).toBe('auth_unavailable')
})
