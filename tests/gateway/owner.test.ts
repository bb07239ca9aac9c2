import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startGateway, type TestGateway } from '../support/gateway.ts'
import { enter, hear, newRoom, newSecret, ownerHashOf, say } from '../support/member.ts'

let gateway: TestGateway
beforeAll(async () => {
  gateway = await startGateway({ WR_TTL_MAX: '60' })
})
afterAll(() => gateway.stop())

async function ownedRoom() {
  const room = newRoom()
  const secret = newSecret()
  const ownerHash = ownerHashOf(room, secret)
  const owner = await enter(gateway.url, room, { owner: secret, create: { ttl: 20, ownerHash } })
  const member = await enter(gateway.url, room)
  return { room, secret, ownerHash, owner, member }
}

test('whoever knows the owner’s secret is the owner, whoever does not is a member', async () => {
  const { room, secret, ownerHash, owner, member } = await ownedRoom()
  expect(owner.welcome.you.role).toBe('owner')
  expect(member.welcome.you.role).toBe('member')
  expect(member.welcome.room.ownerHash).toBe(ownerHash)
  const again = await enter(gateway.url, room, { owner: secret })
  expect(again.welcome.you.role).toBe('owner')
})

test('an owner changes the time to live: everybody is told, and what is said from then on follows it', async () => {
  const { room, owner, member } = await ownedRoom()
  await say(member, 'before')
  owner.client.send({ type: 'set', ttl: 7 })
  const by = owner.welcome.you.id
  const change = await member.client.next('room')
  expect(change).toEqual({ type: 'room', offset: expect.any(Number), ttl: 7, by })
  expect(await owner.client.next('room')).toEqual(change)
  await say(member, 'after')
  const before = await hear(member, 'before')
  const after = await hear(member, 'after')
  expect(before.expires - before.at).toBe(20_000)
  expect(after.expires - after.at).toBe(7_000)
  const late = await enter(gateway.url, room)
  expect(late.welcome.room.ttl).toBe(7)
})

test.each([0, 0.5, 61, -3])('an owner cannot set a time to live of %d: bad_ttl, and nothing changes', async (ttl) => {
  const { room, owner } = await ownedRoom()
  owner.client.send({ type: 'set', re: 's', ttl })
  expect(await owner.client.next('error')).toMatchObject({ code: 'bad_ttl', re: 's' })
  expect((await enter(gateway.url, room)).welcome.room.ttl).toBe(20)
})

test('an owner burns: every message is gone, for those who are here and those who come', async () => {
  const { room, owner, member } = await ownedRoom()
  const { target } = await say(member, 'burn me')
  owner.client.send({ type: 'burn' })
  const removed = await member.client.next('removed')
  expect(removed).toEqual({
    type: 'removed',
    offset: expect.any(Number),
    upTo: removed.offset,
    reason: 'burned',
    by: owner.welcome.you.id,
  })
  expect(removed.upTo).toBeGreaterThan(target)
  await say(member, 'after the fire')
  expect((await enter(gateway.url, room)).replayed.map(({ text }) => text)).toEqual(['after the fire'])
})

test('an owner unsends a message of anybody', async () => {
  const { room, owner, member } = await ownedRoom()
  const { target } = await say(member, 'not here, please')
  owner.client.send({ type: 'unsend', target })
  expect(await member.client.next('removed')).toMatchObject({ targets: [target], by: owner.welcome.you.id })
  expect((await enter(gateway.url, room)).replayed).toEqual([])
})

describe('a member cannot do what an owner can', () => {
  test.each([
    ['set', { type: 'set', re: 'x', ttl: 5 }],
    ['burn', { type: 'burn', re: 'x' }],
    ['hand the room to themselves', { type: 'set', re: 'x', ownerHash: 'A'.repeat(43) }],
  ])('%s', async (_, frame) => {
    const { room, ownerHash, owner, member } = await ownedRoom()
    await say(owner, 'stays')
    member.client.send(frame)
    expect(await member.client.next('error')).toMatchObject({ code: 'not_allowed', re: 'x' })
    const late = await enter(gateway.url, room)
    expect(late.replayed.map(({ text }) => text)).toEqual(['stays'])
    expect(late.welcome.room).toMatchObject({ ttl: 20, ownerHash })
  })
})

test('an owner who hands the room over has given it away', async () => {
  const { room, owner, secret } = await ownedRoom()
  const heir = newSecret()
  owner.client.send({ type: 'set', ownerHash: ownerHashOf(room, heir) })
  await owner.client.next('room')
  const next = await enter(gateway.url, room, { owner: heir })
  expect(next.welcome.you.role).toBe('owner')
  const { client } = await enter(gateway.url, room)
  await say({ client }, 'mine')
  expect(
    await enter(gateway.url, room, { owner: secret }).then(
      () => 'let in',
      () => 'refused',
    ),
  ).toBe('refused')
  owner.client.send({ type: 'burn', re: 'b' })
  const answer = await Promise.race([owner.client.next('error'), owner.client.next('removed')])
  expect(answer).toMatchObject({ type: 'error', code: 'not_allowed', re: 'b' })
})
