import { spawnSync } from 'node:child_process'
import { createSecretKey } from 'node:crypto'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { CLOSE } from '@whisperrooms/protocol'
import { exportJWK, generateKeyPair, SignJWT } from 'jose'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { CANARY } from '../support/canary.ts'
import { startGateway, type TestGateway } from '../support/gateway.ts'
import { enter, type JoinFields, joinFrame, newRoom, newSecret, ping, say } from '../support/member.ts'
import { connect } from '../support/raw-client.ts'

const MAIN = join(import.meta.dirname, '../../packages/server/src/main.ts')
const SECRET = 'q7Zk2vJ9xW4mT1sB8nR5cL0yH3gD6fPa'

let keys: Server
let environment: Readonly<Record<string, string>>
let gateway: TestGateway
let privateKey: CryptoKey

beforeAll(async () => {
  const pair = await generateKeyPair('ES256', { extractable: true })
  privateKey = pair.privateKey
  const jwk = { ...(await exportJWK(pair.publicKey)), kid: 'one' }
  keys = createServer((_, response) => response.end(JSON.stringify({ keys: [jwk] })))
  await new Promise<void>((resolve) => keys.listen(0, '127.0.0.1', resolve))
  const { port } = keys.address() as AddressInfo
  environment = {
    WR_AUTH: 'token',
    WR_JWT_SECRET: SECRET,
    WR_JWKS_URL: `http://127.0.0.1:${port}/keys`,
    WR_JWT_AUDIENCE: 'chat',
  }
  gateway = await startGateway(environment)
})
afterAll(async () => {
  await gateway.stop()
  keys.close()
})

const seconds = () => Math.ceil(Date.now() / 1000)

interface Claims {
  readonly [claim: string]: unknown
}

const claimsOf = (claims: Claims) => ({
  sub: 'ada',
  aud: 'chat',
  exp: seconds() + 600,
  rooms: { '*': 'member' },
  ...claims,
})

const bySecret = (claims: Claims = {}, secret = SECRET): Promise<string> =>
  new SignJWT(claimsOf(claims)).setProtectedHeader({ alg: 'HS256' }).sign(createSecretKey(secret, 'utf8'))

const byKey = (claims: Claims = {}): Promise<string> =>
  new SignJWT(claimsOf(claims)).setProtectedHeader({ alg: 'ES256', kid: 'one' }).sign(privateKey)

/** What becomes of a `join` that is refused. */
async function refusal(fields: JoinFields): Promise<[code: string, close: number]> {
  const client = await connect(gateway.url, newRoom())
  client.send(joinFrame({ create: {}, ...fields }))
  const { code } = await client.next('error')
  return [code, (await client.closed).code]
}

test('tokens of a secret, of a key and of the command let in; the welcome names the role and the name they give', async () => {
  const room = newRoom()
  const words = ['token', '--jwt', '--sub=ada', `--rooms=${room}=owner`, '--name=Ada']
  const made = spawnSync(process.execPath, [MAIN, ...words], { env: { PATH: process.env['PATH'], ...environment } })
  const owner = await enter(gateway.url, room, { token: made.stdout.toString().trim(), name: 'Eve' })
  expect(owner.welcome).toMatchObject({
    features: expect.arrayContaining(['auth']),
    you: { name: 'Ada', role: 'owner' },
  })
  const member = await enter(gateway.url, room, { token: await byKey(), name: 'Bob' })
  expect(member.welcome.you).toMatchObject({ name: 'Bob', role: 'member' })
  const reader = await enter(gateway.url, room, { token: await bySecret({ rooms: { [room]: 'reader' } }) })
  expect(reader.welcome.you.role).toBe('reader')
  await say(member, 'hello')
  owner.client.send({ type: 'burn' })
  expect(await reader.client.next('removed')).toMatchObject({ reason: 'burned', by: owner.welcome.you.id })
})

test('nobody else comes in, and no log says what they showed', async () => {
  const shown = { sub: CANARY, name: CANARY }
  const bad = [
    undefined,
    CANARY,
    await bySecret(shown, 'R3nW8pK5tB2yM7vC4xG9jH6sL1dQ0zFe'),
    await bySecret({ ...shown, rooms: { lobby: 'owner' } }),
    await bySecret({ ...shown, aud: 'mail' }),
    await bySecret({ ...shown, nbf: seconds() + 60 }),
    `${await byKey(shown)}A`,
  ]
  for (const token of bad) expect(await refusal(token === undefined ? {} : { token })).toEqual(['bad_token', 4507])
  const expired = await byKey({ ...shown, exp: seconds() - 1 })
  expect(await refusal({ token: expired })).toEqual(['expired_token', 4508])
  for (const secret of [CANARY, expired, ...bad.filter((token) => token !== undefined)])
    expect(gateway.output()).not.toContain(secret)
})

test('who has another token in time stays, who has none is sent to get one, and comes back as the same member', async () => {
  const room = newRoom()
  const session = newSecret()
  const exp = seconds() + 2
  const ada = await enter(gateway.url, room, { session, token: await byKey({ exp }) })
  const bob = await enter(gateway.url, room, { token: await bySecret({ sub: 'bob', exp }) })
  bob.client.send({ type: 'auth', token: await bySecret({ sub: 'ada' }), re: 'other' })
  expect(await bob.client.next('error')).toMatchObject({ code: 'bad_token', re: 'other' })
  bob.client.send({ type: 'auth', token: await bySecret({ sub: 'bob' }) })
  // When this one is sent away, the others have been looked at after their time.
  const late = await enter(gateway.url, room, { token: await bySecret({ sub: 'cy', exp: exp + 3 }) })

  expect(await ada.client.next('error')).toMatchObject({ code: 'expired_token' })
  expect(Date.now()).toBeGreaterThanOrEqual(exp * 1000)
  expect(await ada.client.closed).toEqual({ code: 4006, reason: 'expired_token' })
  const back = await enter(gateway.url, room, { session, token: await byKey(), ticket: ada.welcome.ticket })
  expect(back.welcome.you.id).toBe(ada.welcome.you.id)

  expect((await late.client.closed).code).toBe(4006)
  await say(bob, 'still here')
  expect((await ping(bob)).type).toBe('pong')
})

test('whoever was kicked does not come back with another session and the same token, and others do', async () => {
  const room = newRoom()
  const owner = await enter(gateway.url, room, { token: await bySecret({ sub: 'owner', rooms: { '*': 'owner' } }) })
  const token = await bySecret({ sub: 'bob' })
  const bob = await enter(gateway.url, room, { token })
  const tab = await enter(gateway.url, room, { token })
  owner.client.send({ type: 'kick', member: bob.welcome.you.id })
  for (const { client } of [bob, tab]) expect((await client.closed).code).toBe(CLOSE.kicked)
  const again = await connect(gateway.url, room)
  again.send(joinFrame({ token }))
  expect((await again.next('error')).code).toBe('kicked')
  const cy = await enter(gateway.url, room, { token: await bySecret({ sub: 'cy' }) })
  expect(cy.welcome.you.role).toBe('member')
})
