import type { MemberId, RoomKey } from '@whisperrooms/protocol'
import { expect, test } from 'vitest'
import { manualTime } from '../testing/manual-time.ts'
import { limiter } from './limiter.ts'
import { type LimitsConfig, NO_LIMITS } from './limits-config.ts'
import type { LimitReason } from './refusal.ts'

function open(limits: Partial<LimitsConfig>) {
  const time = manualTime()
  const reasons: LimitReason[] = []
  const held = { bytes: 0 }
  const limits_ = limiter({
    limits: { ...NO_LIMITS, ...limits },
    clock: time.clock,
    usedBytes: () => held.bytes,
    refused: (reason) => reasons.push(reason),
  })
  return { time, reasons, held, limiter: limits_ }
}

const speaker = (member = 'ada', room = 'tea') => ({ room: room as RoomKey, member: member as MemberId })

/** How many of `count` pass. */
function passing(count: number, ask: () => unknown): number {
  return Array.from({ length: count }, ask).filter((refusal) => refusal === undefined).length
}

test('a connection says as much at once as its burst, and then goes by its rate', async () => {
  const { time, limiter, reasons } = open({ messages: 10, burst: 20 })
  const client = limiter.open('192.0.2.1')
  const say = () => client.message(speaker(), 10, true)
  expect(passing(50, say)).toBe(20)
  expect(say()).toEqual({ code: 'rate_limited', retryAfter: 500, isShared: false })
  expect(new Set(reasons)).toEqual(new Set(['connection']))
  await time.advance(500)
  expect(passing(50, say)).toBe(5)
})

test('a member has one limit over all sockets, an address one over all members, a room one over all addresses', () => {
  const session = open({ session: 5 })
  const [one, other] = [session.limiter.open('a'), session.limiter.open('b')]
  expect(
    passing(20, () => one.message(speaker(), 1, true)) + passing(20, () => other.message(speaker(), 1, true)),
  ).toBe(10)
  expect(other.message(speaker('bob'), 1, true)).toBeUndefined()

  const address = open({ address: 5 })
  const count = (at: string, member: string, room = 'tea') =>
    passing(20, () => address.limiter.open(at).message(speaker(member, room), 1, true))
  expect(count('a', 'ada') + count('a', 'bob')).toBe(10)
  expect(count('b', 'eve')).toBe(10)

  const room = open({ room: 5 })
  expect(passing(20, () => room.limiter.open('a').message(speaker(), 1, true))).toBe(10)
  expect(room.limiter.open('b').message(speaker('bob'), 1, true)).toMatchObject({ code: 'rate_limited' })
  expect(room.limiter.open('b').message(speaker('bob', 'milk'), 1, true)).toBeUndefined()
  expect(new Set([...session.reasons, ...address.reasons, ...room.reasons])).toEqual(
    new Set(['session', 'address', 'room']),
  )
})

test('what one limit refuses is not counted by the others', async () => {
  const { limiter, time } = open({ messages: 1, burst: 1, room: 10 })
  const greedy = limiter.open('a')
  for (let i = 0; i < 1_000; i++) greedy.message(speaker(), 1, true)
  await time.advance(1)
  expect(passing(100, () => limiter.open('b').message(speaker('bob'), 1, true))).toBe(19)
})

test('bytes have a rate of their own, and a message larger than all of it passes alone', async () => {
  const { limiter, time } = open({ bytes: 1_000 })
  const client = limiter.open('a')
  expect(passing(10, () => client.message(speaker(), 1_000, true))).toBe(4)
  await time.advance(4_000)
  expect(client.message(speaker(), 60_000, true)).toBeUndefined()
  expect(client.message(speaker(), 1, true)).toMatchObject({ code: 'rate_limited' })
})

test('connections count until they end, once each', () => {
  const { limiter, reasons } = open({ connectionsPerAddress: 2, connections: 3 })
  const first = limiter.open('a')
  limiter.open('a')
  expect(limiter.upgrade('a')).toMatchObject({ code: 'rate_limited', retryAfter: expect.any(Number) })
  expect(limiter.upgrade('b')).toBeUndefined()
  limiter.open('b')
  expect(limiter.upgrade('c')).toMatchObject({ code: 'server_full', retryAfter: expect.any(Number) })
  first.end()
  first.end()
  expect(limiter.upgrade('a')).toBeUndefined()
  expect(limiter.upgrade('c')).toBeUndefined()
  expect(reasons).toEqual(['connections_per_address', 'connections'])
})

test('upgrades have a rate for each address and one for all', async () => {
  const { limiter, time } = open({ upgrades: 2, upgradesTotal: 5 })
  expect(passing(20, () => limiter.upgrade('a'))).toBe(6)
  expect(passing(20, () => limiter.upgrade('b'))).toBe(4)
  expect(limiter.upgrade('c')).toMatchObject({ code: 'server_full' })
  await time.advance(1_000)
  expect(limiter.upgrade('c')).toBeUndefined()
})

test('an address makes so many rooms a minute', async () => {
  const { limiter, time } = open({ rooms: 30 })
  expect(passing(100, () => limiter.open('a').makeRoom())).toBe(30)
  expect(limiter.open('a').makeRoom()).toEqual({ code: 'rate_limited', retryAfter: 2_000, isShared: true })
  expect(limiter.open('b').makeRoom()).toBeUndefined()
  await time.advance(2_000)
  expect(limiter.open('a').makeRoom()).toBeUndefined()
})

test('when memory is full neither messages nor rooms are taken, and everything else is', () => {
  const { limiter, held, reasons } = open({ memory: 1_000 })
  const client = limiter.open('a')
  held.bytes = 999
  expect(client.message(speaker(), 1, true)).toBeUndefined()
  held.bytes = 1_000
  expect(client.message(speaker(), 1, true)).toMatchObject({ code: 'server_full', retryAfter: expect.any(Number) })
  expect(client.makeRoom()).toMatchObject({ code: 'server_full', retryAfter: expect.any(Number) })
  expect(client.signal(1)).toBeUndefined()
  expect(reasons).toEqual(['memory', 'memory'])
})

test('a full room takes in whoever is in it already', () => {
  const { limiter } = open({ members: 2 })
  const presence = {
    countOf: () => 2,
    nameOf: (_: RoomKey, id: MemberId) => (id === 'ada' ? 'Ada' : undefined),
  }
  const enter = (member: string) =>
    limiter.open('a').enter(presence, { room: { key: 'tea' as RoomKey }, member: member as MemberId })
  expect(enter('eve')).toMatchObject({ code: 'room_full', retryAfter: expect.any(Number) })
  expect(enter('ada')).toBeUndefined()
})

test('abuse adds up to the end of a connection, and decays', async () => {
  const { limiter, time, reasons } = open({ abuse: 20 })
  const client = limiter.open('a')
  expect(passing(9, () => client.offend('bad_frame') || undefined)).toBe(9)
  await time.advance(60_000)
  expect(passing(9, () => client.offend('bad_frame') || undefined)).toBe(9)
  expect(client.offend('bad_frame')).toBe(true)
  expect(reasons).toEqual(['abuse'])
})

test('whoever offends faster than it may is to be left unread for a moment, and who does so now and then is not', async () => {
  const { limiter, time } = open({ abuse: 100 })
  const client = limiter.open('a')
  const pauses: number[] = []
  for (let i = 0; i < 10; i++) {
    client.offend('bad_frame')
    pauses.push(client.slowDown('bad_frame'))
  }
  expect(pauses[0]).toBe(0)
  expect(Math.max(...pauses)).toBeGreaterThan(100)
  await time.advance(Math.max(...pauses))
  expect(client.slowDown('bad_frame')).toBe(0)
  const seldom = limiter.open('b')
  for (let i = 0; i < 100; i++) {
    expect([seldom.offend('bad_frame'), seldom.slowDown('bad_frame')]).toEqual([false, 0])
    await time.advance(500)
  }
})

test('who sends a long queue again whenever that is due is slowed down, and not sent away', async () => {
  const { time, limiter } = open({ abuse: 100 })
  const patient = limiter.open('a')
  let slowedMs = 0
  for (let round = 0; round < 20; round++) {
    for (const offence of ['rate_limited', ...Array.from({ length: 149 }, () => 'held' as const)] as const) {
      expect(patient.offend(offence)).toBe(false)
      const pauseMs = patient.slowDown(offence)
      slowedMs += pauseMs
      await time.advance(pauseMs)
    }
    await time.advance(500)
  }
  expect(slowedMs).toBeGreaterThan(0)
})

test('an address that does nothing else is not let in for a while, and no other one suffers', async () => {
  const { limiter, time } = open({ abuse: 20 })
  for (let i = 0; i < 20; i++) {
    const client = limiter.open('a')
    while (!client.offend('bad_frame'));
    client.end()
  }
  const refusal = limiter.upgrade('a')
  expect(refusal).toMatchObject({ code: 'rate_limited' })
  expect(limiter.upgrade('b')).toBeUndefined()
  await time.advance(refusal?.retryAfter ?? 0)
  expect(limiter.upgrade('a')).toBeUndefined()
})

test('whoever is refused for what others took as well is not blamed, and not asked to come again at once', () => {
  const { limiter } = open({ room: 500, messages: 10, burst: 20 })
  const [own, ...others] = Array.from({ length: 60 }, (_, i) => limiter.open(`${i}`))
  for (const [i, one] of others.entries()) for (let n = 0; n < 20; n++) one.message(speaker(`${i}`), 1, true)
  expect(own?.message(speaker('ada'), 1, true)).toEqual({ code: 'rate_limited', retryAfter: 500, isShared: true })
})

test('while memory is full, what takes none may be said', () => {
  const { limiter, held } = open({ memory: 1_000 })
  held.bytes = 1_000
  const client = limiter.open('a')
  expect(client.message(speaker(), 10, true)).toMatchObject({ code: 'server_full' })
  expect(client.message(speaker(), 10, false)).toBeUndefined()
})

test('who sends a full queue again whenever that is due is neither sent away nor counted against their address', async () => {
  const { time, limiter } = open({ abuse: 100 })
  const patient = limiter.open('a')
  for (let round = 0; round < 200; round++) {
    expect([patient.offend('rate_limited'), patient.slowDown('rate_limited')]).toEqual([false, 0])
    for (let i = 0; i < 31; i++) expect([patient.offend('held'), patient.slowDown('held')]).toEqual([false, 0])
    await time.advance(500)
  }
  expect(limiter.upgrade('a')).toBeUndefined()
  const flood = limiter.open('b')
  expect(Array.from({ length: 2_001 }, () => flood.offend('held')).filter(Boolean).length).toBeGreaterThan(0)
})
