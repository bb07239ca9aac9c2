import { CLOSE, comesBack, ERRORS } from '@whisperrooms/protocol'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { CANARY, expectNoEcho } from '../support/canary.ts'
import { startGateway, type TestGateway } from '../support/gateway.ts'
import { enter, hear, joinFrame, newRoom, newSecret, ownerHashOf, say, sendFrame } from '../support/member.ts'
import { connect, HandshakeRefused } from '../support/raw-client.ts'

let gateway: TestGateway
beforeAll(async () => {
  gateway = await startGateway({ WR_TTL_MAX: '60', WR_ORIGINS: 'https://friend.example' })
})
afterAll(() => gateway.stop())

describe('a join that cannot be is answered with an error, then a close that says whether to come back', () => {
  test.each([
    ['an unknown room', {}, 'no_such_room', 4503],
    ['another version of the protocol', { protocol: 2, create: {} }, 'unsupported_protocol', 4501],
    ['an empty name', { name: '', create: {} }, 'bad_name', 4500],
    ['a name of 33 characters', { name: CANARY.padEnd(33, 'n'), create: {} }, 'bad_name', 4500],
    ['a room’s time to live below the range', { create: { ttl: 0.5 } }, 'bad_ttl', 4500],
    ['a room’s time to live above the range', { create: { ttl: 61 } }, 'bad_ttl', 4500],
    ['a negative time to live', { create: { ttl: -1 } }, 'bad_ttl', 4500],
    ['a sealed room, which this server does not offer', { create: { sealed: true } }, 'not_supported', 4500],
  ] as const)('%s', async (_, fields, code, closeCode) => {
    const client = await connect(gateway.url, newRoom())
    client.send(joinFrame({ name: CANARY, re: 'j1', ...fields }))
    expect(await client.next('error')).toMatchObject({ code, re: 'j1' })
    expect(await client.closed).toEqual({ code: closeCode, reason: code })
    expect(comesBack(closeCode)).toBe(false)
    expectNoEcho(gateway, client)
  })

  test('a refused join makes no room', async () => {
    const room = newRoom()
    const client = await connect(gateway.url, room)
    client.send(joinFrame({ create: { ttl: 61 } }))
    await client.closed
    const next = await connect(gateway.url, room)
    next.send(joinFrame())
    expect((await next.next('error')).code).toBe('no_such_room')
  })

  test('a wrong owner secret is wrong_proof, and the client does not come back', async () => {
    const room = newRoom()
    const owner = newSecret()
    await enter(gateway.url, room, { owner, create: { ownerHash: ownerHashOf(room, owner) } })
    const client = await connect(gateway.url, room)
    client.send(joinFrame({ owner: newSecret(), name: CANARY, re: 'j2' }))
    expect(await client.next('error')).toMatchObject({ code: 'wrong_proof', re: 'j2' })
    expect(await client.closed).toEqual({ code: 4509, reason: 'wrong_proof' })
    expect(comesBack(4509)).toBe(false)
    expectNoEcho(gateway, client)
  })

  test('an owner secret where the room has no owner is wrong_proof', async () => {
    const room = newRoom()
    await enter(gateway.url, room)
    const client = await connect(gateway.url, room)
    client.send(joinFrame({ owner: newSecret() }))
    expect(await client.closed).toEqual({ code: 4509, reason: 'wrong_proof' })
  })
})

describe('a join that is no frame of the protocol is an error, and the next one may be right', () => {
  test.each([
    ['a session that is too short', { session: 'abc' }],
    ['a session with wrong characters', { session: `${CANARY}!!!!!!!!!!!!!!!!!!!!!!` }],
    ['a session that is missing', { session: undefined }],
    ['a name that is a number', { name: 7 }],
    ['a cursor that is a string', { cursor: CANARY }],
    ['a cursor with a fraction', { cursor: { epoch: 'e', offset: 1.5 } }],
    ['a ticket that is an object', { ticket: { [CANARY]: CANARY } }],
    ['a ticket of 5,000 characters', { ticket: 't'.repeat(5_000) }],
    ['a time to live that is a string', { create: { ttl: '60' } }],
    ['an owner’s hash that is none', { create: { ownerHash: CANARY } }],
    ['a history nobody knows', { create: { history: CANARY } }],
    ['a create that is an array', { create: [] }],
  ])('%s', async (_, fields) => {
    const room = newRoom()
    const client = await connect(gateway.url, room)
    client.send({ ...joinFrame({ create: {}, re: 'j3' }), ...fields })
    expect(await client.next('error')).toMatchObject({ code: 'bad_frame', re: 'j3' })
    client.send(joinFrame({ create: {} }))
    await client.next('live')
    await say({ client }, 'in after all')
    expectNoEcho(gateway, client)
  })

  test('`__proto__` in a create sets nothing', async () => {
    const room = newRoom()
    const client = await connect(gateway.url, room)
    client.send(JSON.stringify(joinFrame({ create: {} })).replace('"create":{', '"create":{"__proto__":{"ttl":7}'))
    expect((await client.next('welcome')).room.ttl).toBe(60)
  })

  test.each([
    ['a message', sendFrame({ re: 'j4', text: CANARY })],
    ['a ping', { type: 'ping', re: 'j4' }],
    ['a burn', { type: 'burn', re: 'j4' }],
    ['a load', { type: 'load', re: 'j4', before: 5 }],
  ])('%s before the join is join_first', async (_, frame) => {
    const client = await connect(gateway.url, newRoom())
    client.send(frame)
    const error = await client.next('error')
    expect(error).toMatchObject({ code: 'join_first', re: 'j4' })
    expect(error.key).toBe('key' in frame ? frame.key : undefined)
    client.send(joinFrame({ create: {} }))
    await client.next('live')
    expectNoEcho(gateway, client)
  })
})

describe('a room’s name with wrong characters is bad_room', () => {
  test.each([
    ['a space', `${CANARY}%20room`],
    ['an umlaut', `${CANARY}%C3%BC`],
    ['a dot', '..%2f..%2fetc'],
    ['a broken escape', `${CANARY}%ff%`],
    ['nothing', ''],
    ['65 characters', 'r'.repeat(65)],
    ['`__proto__` with a dollar', '__proto__$'],
  ])('%s', async (_, room) => {
    const client = await connect(gateway.url, room)
    expect(await client.next('error')).toMatchObject({ code: 'bad_room', message: ERRORS.bad_room.message })
    expect(await client.closed).toEqual({ code: CLOSE.protocolViolation, reason: 'bad_room' })
    expectNoEcho(gateway, client)
  })

  test('64 characters, and names that JavaScript gives a meaning, are rooms like any other', async () => {
    for (const room of ['r'.repeat(64), '__proto__', 'constructor', 'hasOwnProperty', '-', '_']) {
      const member = await enter(gateway.url, room)
      expect(member.welcome.room.id).toBe(room)
      await say(member, 'hi')
    }
  })
})

describe('a foreign origin does not get in', () => {
  test.each([
    'https://evil.example',
    'null',
    'file://',
    CANARY,
    `http://localhost.${CANARY}.example`,
    'http://localhost:1',
  ])('%s', async (origin) => {
    const refused = await connect(gateway.url, newRoom(), { origin }).catch((error: unknown) => error)
    expect(refused).toBeInstanceOf(HandshakeRefused)
    expect(refused).toMatchObject({ status: 403 })
    expect(refused instanceof HandshakeRefused && refused.body).toContain('"not_allowed"')
    expect(refused instanceof HandshakeRefused && refused.body).not.toContain(CANARY)
    expect(gateway.output()).not.toContain(CANARY)
  })

  test('the page’s own origin, one on the operator’s list, and none at all get in', async () => {
    const room = newRoom()
    const own = await enter(gateway.url, room, {}, { origin: gateway.url })
    const friend = await enter(gateway.url, room, {}, { origin: 'https://friend.example' })
    const none = await enter(gateway.url, room)
    await say(own, 'hello')
    await hear(friend, 'hello')
    await hear(none, 'hello')
  })
})
