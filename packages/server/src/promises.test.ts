import { createHash } from 'node:crypto'
import { LIMITS, ownerPreimage } from '@whisperrooms/protocol'
import { expect, test } from 'vitest'
import { guest, send } from './testing/guest.ts'
import { type TestGateway, testGateway } from './testing/test-gateway.ts'
import type { Fortune } from './testing/unreliable-bus.ts'

/** The only shard of a gateway on its own. */
const theShard = (gateway: TestGateway) => [...gateway.hosting.shards()][0]

const OWNER = 'owner-secret-'.padEnd(22, 'x')
const ownerOf = (room: string) => ({
  owner: OWNER,
  create: { ownerHash: createHash('sha256').update(ownerPreimage(room, OWNER)).digest('base64url') },
})

test('P1 who comes back within the time to live gets all that was said meanwhile', async () => {
  const gateway = await testGateway()
  const ada = await guest(gateway, 'tea', 'Ada')
  const bob = await guest(gateway, 'tea', 'Bob')
  const { cursor, ticket } = bob.welcome()
  bob.disconnect()
  for (const text of ['one', 'two', 'three']) ada.say(send(text))
  await gateway.time.advance(60_000)
  const back = await guest(gateway, 'tea', 'Bob', { cursor, ticket })
  expect(back.texts()).toEqual(['one', 'two', 'three'])
  expect(back.of('live')).toMatchObject([{ recovered: true, missed: 0 }])
})

test('P2 a message sent again under its key is acknowledged as the one it is', async () => {
  const gateway = await testGateway()
  const ada = await guest(gateway, 'tea', 'Ada')
  const message = send('once')
  ada.say(message)
  await gateway.time.advance(9_000)
  const elsewhere = await guest(gateway, 'tea', 'Ada')
  elsewhere.say(message)
  await gateway.time.settle()
  expect(ada.texts()).toEqual(['once'])
  const [first] = ada.of('ack')
  expect(elsewhere.of('ack')).toEqual([{ ...first, duplicate: true }])
})

test('P4 a returning member is told how many messages of others vanished, and how many is not known to a newcomer', async () => {
  const gateway = await testGateway()
  const ada = await guest(gateway, 'tea', 'Ada', { create: { ttl: 2 } })
  const bob = await guest(gateway, 'tea', 'Bob')
  const { cursor, ticket } = bob.welcome()
  bob.say(send('my own'))
  ada.say(send('unsent before its time'))
  await gateway.time.settle()
  const [target] = ada.of('message').filter(({ text }) => text.startsWith('unsent'))
  ada.say({ type: 'unsend', target: target?.offset })
  bob.disconnect()
  for (const text of ['one', 'two', 'three']) ada.say(send(text))
  await gateway.time.advance(2_000)
  ada.say(send('four'))
  await gateway.time.settle()
  const back = await guest(gateway, 'tea', 'Bob', { cursor, ticket })
  expect(back.texts()).toEqual(['four'])
  expect(back.of('live')).toMatchObject([{ recovered: true, missed: 3 }])
  const newcomer = await guest(gateway, 'tea', 'Cy')
  expect(newcomer.of('live')).toMatchObject([{ recovered: false, missed: null }])
})

test('P5 a newcomer gets what is alive, each with the deadline it always had', async () => {
  const gateway = await testGateway()
  const ada = await guest(gateway, 'tea', 'Ada', { create: { ttl: 3 } })
  ada.say(send('first'))
  await gateway.time.advance(2_000)
  ada.say(send('second'))
  await gateway.time.advance(1_000)
  const bob = await guest(gateway, 'tea', 'Bob')
  expect(bob.of('message')).toEqual(ada.of('message').slice(1))
})

test('P5 a sender may shorten a message’s time to live, and never lengthen it', async () => {
  const gateway = await testGateway()
  const ada = await guest(gateway, 'tea', 'Ada', { create: { ttl: 10 } })
  ada.say(send('short', { ttl: 1 }))
  ada.say(send('as long as the room allows', { ttl: 100 }))
  await gateway.time.settle()
  expect(ada.of('message').map(({ at, expires }) => expires - at)).toEqual([1_000, 10_000])
})

test('P8 a member who does not read costs one stretch of bytes, and then is told what was missed', async () => {
  const gateway = await testGateway()
  const ada = await guest(gateway, 'tea', 'Ada', { create: { ttl: 5 } })
  const bob = await guest(gateway, 'tea', 'Bob')
  await gateway.time.advance(1_000)
  bob.socket.stall()
  for (let second = 0; second < 30; second++) {
    for (let i = 0; i < 20; i++) ada.say(send('x'.repeat(500)))
    await gateway.time.advance(1_000)
  }
  expect(ada.texts()).toHaveLength(600)
  expect(bob.socket.writableLength).toBeLessThan(LIMITS.inFlightBytes)
  bob.socket.drain()
  await gateway.time.settle()
  const [gap] = bob.of('gap')
  const delivered = bob.texts().length
  expect(delivered).toBeLessThan(120)
  expect(gap?.missed).toBe(600 - delivered)
  expect(bob.of('presence').at(-1)?.members).toHaveLength(2)
})

test('P8 a room that holds too much refuses new messages with a code, and holds the later ones behind', async () => {
  const gateway = await testGateway({ roomBytes: 64 * 1024 })
  const ada = await guest(gateway, 'tea', 'Ada')
  for (let i = 0; i < 40; i++) {
    ada.say(send('x'.repeat(3_000)))
    await gateway.time.settle()
  }
  expect(ada.errors()[0]).toBe('room_busy')
  expect(new Set(ada.errors().slice(1))).toEqual(new Set(['held']))
  expect(ada.texts().length + ada.errors().length).toBe(40)
  const refused = ada.of('error')[0]?.key
  ada.say({ type: 'skip', key: refused })
  ada.say({ type: 'typing', on: true })
  await gateway.time.advance(180_000)
  ada.say(send('there is room again'))
  await gateway.time.settle()
  expect(ada.texts().at(-1)).toBe('there is room again')
})

test('P10 when the bus does not answer, the sender knows within three seconds, and is never told that it was sent', async () => {
  let fortune: Fortune = { kind: 'works', delayMs: 0 }
  const gateway = await testGateway({ fortune: () => fortune })
  const ada = await guest(gateway, 'tea', 'Ada')
  fortune = { kind: 'refuses', delayMs: 20_000 }
  const message = send('kept')
  ada.say(message)
  await gateway.time.advance(1_500)
  expect(ada.of('error')).toMatchObject([{ code: 'bus_unavailable', key: message.key }])
  ada.say(send('later'))
  await gateway.time.settle()
  expect(ada.errors()).toEqual(['bus_unavailable', 'held'])
  ada.say(message)
  await gateway.time.settle()
  expect(ada.errors()).toEqual(['bus_unavailable', 'held', 'bus_unavailable'])
  expect(ada.of('ack')).toEqual([])
  fortune = { kind: 'works', delayMs: 0 }
  await gateway.time.advance(20_000)
  ada.say(message)
  await gateway.time.settle()
  expect(ada.texts()).toEqual(['kept'])
})

test('P10 a message that reached the log after all is acknowledged late, once', async () => {
  let fortune: Fortune = { kind: 'works', delayMs: 0 }
  const gateway = await testGateway({ fortune: () => fortune })
  const ada = await guest(gateway, 'tea', 'Ada')
  fortune = { kind: 'works', delayMs: 4_000 }
  const message = send('slow')
  ada.say(message)
  await gateway.time.advance(2_000)
  expect(ada.errors()).toEqual(['bus_unavailable'])
  await gateway.time.advance(3_000)
  expect(ada.of('ack')).toMatchObject([{ key: message.key }])
  fortune = { kind: 'works', delayMs: 0 }
  ada.say(send('and the next is not held'))
  await gateway.time.settle()
  expect(ada.errors()).toEqual(['bus_unavailable'])
  expect(ada.texts()).toEqual(['slow', 'and the next is not held'])
})

test('P3 what was held is not overtaken when the message before it turns up in the log by itself', async () => {
  let fortune: Fortune = { kind: 'works', delayMs: 0 }
  const gateway = await testGateway({ fortune: () => fortune })
  const ada = await guest(gateway, 'tea', 'Ada')
  fortune = { kind: 'works', delayMs: 4_000 }
  const [first, second, third] = [send('first'), send('second'), send('third')]
  ada.say(first)
  await gateway.time.advance(2_000)
  ada.say(second)
  fortune = { kind: 'works', delayMs: 0 }
  await gateway.time.advance(3_000)
  ada.say(third)
  ada.say(second)
  ada.say(third)
  await gateway.time.settle()
  expect(ada.errors()).toEqual(['bus_unavailable', 'held', 'held'])
  expect(ada.texts()).toEqual(['first', 'second', 'third'])
})

test('P11 a session that wants to be the owner must hold the owner’s secret', async () => {
  const gateway = await testGateway()
  const ada = await guest(gateway, 'tea', 'Ada', ownerOf('tea'))
  expect(ada.welcome().you.role).toBe('owner')
  const mallory = await guest(gateway, 'tea', 'Mallory', { owner: 'wrong'.padEnd(22, 'x'), create: undefined })
  expect(mallory.errors()).toEqual(['wrong_proof'])
  expect(mallory.socket.closedWith?.code).toBe(4509)
  const second = await guest(gateway, 'tea', 'Second', {
    owner: 'second'.padEnd(22, 'x'),
    create: {
      ownerHash: createHash('sha256')
        .update(ownerPreimage('tea', 'second'.padEnd(22, 'x')))
        .digest('base64url'),
    },
  })
  expect(second.welcome().you.role).toBe('member')
})

test('what the owner changes is told to all, and only the owner may', async () => {
  const gateway = await testGateway()
  const ada = await guest(gateway, 'tea', 'Ada', ownerOf('tea'))
  const bob = await guest(gateway, 'tea', 'Bob')
  ada.say({ type: 'set', ttl: 60, history: 'none' })
  bob.say({ type: 'set', ttl: 1 })
  await gateway.time.settle()
  expect(bob.of('room')).toMatchObject([{ ttl: 60, history: 'none', by: ada.welcome().you.id }])
  expect(bob.errors()).toEqual(['not_allowed'])
  ada.say({ type: 'set', ttl: 301 })
  await gateway.time.settle()
  expect(ada.errors()).toEqual(['bad_ttl'])
  ada.say(send('not for newcomers'))
  await gateway.time.settle()
  const cy = await guest(gateway, 'tea', 'Cy')
  expect(cy.texts()).toEqual([])
  cy.say({ type: 'load', before: 1_000 })
  await gateway.time.settle()
  expect(cy.texts()).toEqual([])
  expect(cy.of('loaded')).toMatchObject([{ more: false }])
})

test('a locked room lets in its owner and those who were there before, and nobody else', async () => {
  const gateway = await testGateway()
  const ada = await guest(gateway, 'tea', 'Ada', ownerOf('tea'))
  const bob = await guest(gateway, 'tea', 'Bob')
  ada.say({ type: 'set', locked: true })
  await gateway.time.settle()
  const { ticket } = bob.welcome()
  bob.disconnect()
  ada.disconnect()
  expect((await guest(gateway, 'tea', 'Bob', { ticket })).welcome().room.locked).toBe(true)
  const back = await guest(gateway, 'tea', 'Ada', ownerOf('tea'))
  expect(back.welcome().you.role).toBe('owner')
  const stranger = await guest(gateway, 'tea', 'Mallory', { ticket })
  expect(stranger.errors()).toEqual(['room_locked'])
  expect(stranger.socket.closedWith?.code).toBe(4505)
  back.say({ type: 'set', locked: false })
  await gateway.time.settle()
  expect((await guest(gateway, 'tea', 'Mallory')).welcome().room.locked).toBe(false)
})

test('a burnt room is empty for all, also for who comes back, and nothing counts as missed', async () => {
  const gateway = await testGateway()
  const ada = await guest(gateway, 'tea', 'Ada', ownerOf('tea'))
  const bob = await guest(gateway, 'tea', 'Bob')
  const { cursor, ticket } = bob.welcome()
  bob.disconnect()
  ada.say(send('ash'))
  ada.say({ type: 'burn' })
  await gateway.time.settle()
  const back = await guest(gateway, 'tea', 'Bob', { cursor, ticket })
  expect(back.texts()).toEqual([])
  expect(back.of('live')).toMatchObject([{ recovered: true, missed: 0 }])
  expect(back.of('removed')).toMatchObject([{ reason: 'burned' }])
})

test('more than the newest 500 are loaded page by page', async () => {
  const gateway = await testGateway()
  const ada = await guest(gateway, 'tea', 'Ada')
  for (let i = 0; i < 700; i++) {
    ada.say(send(`m${i}`))
    if (i % 20 === 0) await gateway.time.settle()
  }
  await gateway.time.settle()
  const bob = await guest(gateway, 'tea', 'Bob')
  expect(bob.texts()).toHaveLength(500)
  expect(bob.of('live')).toMatchObject([{ more: true }])
  let before: number | undefined = bob.of('message')[0]?.offset
  for (let page = 1; page <= 2; page++) {
    bob.say({ type: 'load', before })
    await gateway.time.settle()
    before = bob.of('loaded').at(-1)?.before
  }
  expect(bob.of('loaded').map(({ more }) => more)).toEqual([true, false])
  expect(new Set(bob.texts()).size).toBe(700)
})

test('a return that would be too long becomes the newest window, and says so', async () => {
  const gateway = await testGateway()
  const ada = await guest(gateway, 'tea', 'Ada')
  const bob = await guest(gateway, 'tea', 'Bob')
  const { cursor, ticket } = bob.welcome()
  bob.disconnect()
  for (let i = 0; i < LIMITS.resumeFrames + 1; i++) {
    ada.say(send(`m${i}`))
    if (i % 20 === 0) await gateway.time.settle()
  }
  await gateway.time.settle()
  const back = await guest(gateway, 'tea', 'Bob', { cursor, ticket })
  expect(back.of('live')).toMatchObject([{ recovered: false, more: true }])
  expect(back.texts()).toHaveLength(LIMITS.replayFrames)
  expect(back.texts().at(-1)).toBe(`m${LIMITS.resumeFrames}`)
})

test('an empty room is forgotten after it has lingered, and not when somebody was in it meanwhile', async () => {
  const gateway = await testGateway({
    lingerSeconds: 8,
    ttl: { minSeconds: 1, maxSeconds: 5, defaultSeconds: 5 },
  })
  const ada = await guest(gateway, 'tea', 'Ada', { create: { ttl: 1 } })
  ada.disconnect()
  await gateway.time.advance(6_000)
  const bob = await guest(gateway, 'tea', 'Bob', { create: undefined })
  bob.disconnect()
  await gateway.time.advance(6_000)
  expect(theShard(gateway)?.rooms.size).toBe(1)
  await gateway.time.advance(16_000)
  expect(theShard(gateway)?.rooms.size).toBe(0)
  const cy = await guest(gateway, 'tea', 'Cy', { create: undefined })
  expect(cy.errors()).toEqual(['no_such_room'])
})

test('a kind of a later version is ordered, kept and passed on as it is', async () => {
  const gateway = await testGateway()
  const ada = await guest(gateway, 'tea', 'Ada')
  const { id } = ada.welcome().you
  const envelope = {
    v: 1,
    room: 'tea',
    member: id,
    as: 'member',
    joined: 0,
    notAfter: gateway.bus.now(0) + 10_000,
    body: Buffer.from('opaque'),
  }
  const records = [
    { ...envelope, kind: 'key-hand-over', key: 'kept-key', ttl: 60 },
    { ...envelope, kind: 'cursor-moved', key: 'lost-key', ttl: 0 },
  ]
  await gateway.bus.publish(records as unknown as Parameters<typeof gateway.bus.publish>[0])
  await gateway.time.settle()
  const body = Buffer.from('opaque').toString('base64url')
  expect(ada.of('relay')).toMatchObject([
    { kind: 'key-hand-over', from: { id }, body, offset: expect.any(Number) },
    { kind: 'cursor-moved', from: { id }, body },
  ])
  const bob = await guest(gateway, 'tea', 'Bob')
  expect(bob.of('relay').map(({ kind }) => kind)).toEqual(['key-hand-over'])
})

test.each([
  ['lives for an hour', () => ({ ttl: 3_600 })],
  ['ends in an hour', (nowMs: number) => ({ ttl: 1, deadline: nowMs + 3_600_000 })],
])('P7 a kind of a later version that %s is gone after the longest time to live', async (_, span) => {
  const gateway = await testGateway({ ttl: { minSeconds: 1, maxSeconds: 5, defaultSeconds: 5 } })
  const ada = await guest(gateway, 'tea', 'Ada')
  const nowMs = gateway.bus.now(0)
  const record = {
    v: 1,
    room: 'tea',
    member: ada.welcome().you.id,
    as: 'member',
    joined: 0,
    kind: 'key-hand-over',
    key: 'long-key',
    notAfter: nowMs + 10_000,
    body: Buffer.from('opaque'),
    ...span(nowMs),
  }
  await gateway.bus.publish([record] as unknown as Parameters<typeof gateway.bus.publish>[0])
  await gateway.time.settle()
  expect(ada.of('relay')).toMatchObject([{ kind: 'key-hand-over', expires: nowMs + 5_000 }])
  await gateway.time.advance(5_000)
  const bob = await guest(gateway, 'tea', 'Bob')
  expect(bob.of('relay')).toEqual([])
})

test('after a grace of ten seconds a lost member has left; who leaves, leaves at once; several tabs are one person', async () => {
  const gateway = await testGateway()
  const ada = await guest(gateway, 'tea', 'Ada')
  const bob = await guest(gateway, 'tea', 'Bob')
  const tab = await guest(gateway, 'tea', 'Bob')
  expect(tab.welcome().count).toBe(2)
  const { id } = bob.welcome().you
  tab.disconnect()
  await gateway.time.advance(11_000)
  expect(ada.of('presence').flatMap(({ left }) => left ?? [])).toEqual([])
  bob.disconnect()
  await gateway.time.advance(9_000)
  const back = await guest(gateway, 'tea', 'Bob')
  await gateway.time.advance(11_000)
  expect(ada.of('presence').flatMap(({ left }) => left ?? [])).toEqual([])
  back.disconnect()
  await gateway.time.advance(11_000)
  expect(ada.of('presence').at(-1)).toMatchObject({ left: [id], count: 1 })
  const cy = await guest(gateway, 'tea', 'Cy')
  cy.say({ type: 'leave' })
  await gateway.time.advance(1_000)
  expect(ada.of('presence').at(-1)?.count).toBe(1)
})

test('a quiet room’s cursor grows with the server’s, and the time read up to with the clock', async () => {
  const gateway = await testGateway()
  const ada = await guest(gateway, 'tea', 'Ada')
  const bob = await guest(gateway, 'coffee', 'Bob')
  for (let i = 0; i < 5; i++) bob.say(send('elsewhere'))
  await gateway.time.advance(5_000)
  ada.say({ type: 'ping' })
  await gateway.time.settle()
  const [pong] = ada.of('pong')
  expect(pong?.cursor.offset).toBe(theShard(gateway)?.lastOffset)
  expect(pong?.read).toBeGreaterThan(gateway.bus.now(0) - 1_000)
  expect(pong?.now).toBe(gateway.bus.now(0))
})
