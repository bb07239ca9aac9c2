import { CLOSE, type MemberId, type RoomId } from '@whisperrooms/protocol'
import { expect, test } from 'vitest'
import { memberIdOf } from './people/identity.ts'
import { type Guest, guest, send, sessionOf } from './testing/guest.ts'
import { gateways, OWNER, ownerHashOf } from './testing/several-gateways.ts'

const ROOM = 'tea'
const idOf = (name: string): MemberId => memberIdOf(ROOM as RoomId, sessionOf(name))

/** An owner at one of two gateways. */
async function hosted() {
  const world = await gateways()
  const ada = await guest(world.one, ROOM, 'Ada', { create: { ownerHash: ownerHashOf(ROOM), ttl: 5 }, owner: OWNER })
  const invite = (fields: object = {}): string => {
    ada.say({ type: 'invite', role: 'member', ...fields })
    return ada.of('invite').at(-1)?.invite ?? ''
  }
  const lock = async (locked: boolean) => {
    ada.say({ type: 'set', locked })
    await world.time.settle()
  }
  return { ...world, ada, invite, lock }
}

/** What became of somebody who knocked. */
function answerTo({ of, socket }: Guest): string {
  const [welcome] = of('welcome')
  return welcome?.you.role ?? `${of('error')[0]?.code} ${socket.closedWith?.code}`
}

const BAD = `bad_token ${CLOSE.badToken}`

test('an invite lets in as what it says, at every gateway, and whoever came by it is the same when they come back', async () => {
  const { time, one, other, ada, invite } = await hosted()
  const text = invite({ role: 'reader' })
  const bob = await guest(other, ROOM, 'Bob', { create: undefined, invite: text })
  expect(answerTo(bob)).toBe('reader')
  bob.say(send('unheard'))
  await time.settle()
  expect(bob.errors()).toEqual(['not_allowed'])
  const { ticket, cursor } = bob.welcome()
  bob.disconnect()
  expect(answerTo(await guest(one, ROOM, 'Bob', { create: undefined, ticket, cursor }))).toBe('reader')
  const owner = await guest(other, ROOM, 'Eve', { create: undefined, invite: text, owner: OWNER })
  expect(answerTo(owner)).toBe('owner')
  expect(ada.errors()).toEqual([])
})

test('of an invite for so many the first of them in the log come in, wherever they knock', async () => {
  const { one, other, invite } = await hosted()
  const text = invite({ uses: 3 })
  const names = Array.from({ length: 10 }, (_, i) => `guest-${i}`)
  const all = await Promise.all(
    names.map((name, i) => guest(i % 2 === 0 ? one : other, ROOM, name, { create: undefined, invite: text })),
  )
  const answers = all.map(answerTo)
  expect(answers.filter((answer) => answer === 'member')).toHaveLength(3)
  expect(answers.filter((answer) => answer === BAD)).toHaveLength(7)
  // A ticket stands for the use there was.
  const [first] = all.filter((one) => answerTo(one) === 'member')
  const { you, ticket } = first?.welcome() ?? {}
  const back = await guest(other, ROOM, you?.name ?? '', { create: undefined, invite: text, ticket })
  expect(answerTo(back)).toBe('member')
})

test('whoever loses the connection on the way in, or comes twice at once, uses an invite once', async () => {
  const { time, one, other, invite } = await hosted()
  const text = invite({ uses: 1 })
  const lost = one.connect(ROOM)
  lost.say({ type: 'join', protocol: 1, name: 'Bob', session: sessionOf('Bob'), invite: text })
  lost.disconnect()
  await time.settle()
  const both = await Promise.all(
    [other, one, other].map((gateway) => guest(gateway, ROOM, 'Bob', { create: undefined, invite: text })),
  )
  expect(both.map(answerTo)).toEqual(['member', 'member', 'member'])
  expect(answerTo(await guest(one, ROOM, 'Cy', { create: undefined, invite: text }))).toBe(BAD)
})

test('how often it was used is known at a gateway that comes later, when nothing is left of it in the log', async () => {
  const { time, open, one, invite } = await hosted()
  const text = invite({ uses: 1 })
  expect(answerTo(await guest(one, ROOM, 'Bob', { create: undefined, invite: text }))).toBe('member')
  await time.advance(60_000)
  const third = await open()
  expect(answerTo(await guest(third, ROOM, 'Cy', { create: undefined, invite: text }))).toBe(BAD)
})

test('a revoked one lets nobody in any more, and who came by it stays', async () => {
  const { time, one, other, ada, invite } = await hosted()
  const text = invite()
  const bob = await guest(other, ROOM, 'Bob', { create: undefined, invite: text })
  ada.say({ type: 'revoke', invite: text })
  await time.settle()
  for (const gateway of [one, other])
    expect(answerTo(await guest(gateway, ROOM, 'Cy', { create: undefined, invite: text }))).toBe(BAD)
  expect(bob.socket.closedWith).toBeUndefined()
  expect(answerTo(await guest(one, ROOM, 'Cy', { create: undefined, invite: invite() }))).toBe('member')
})

test('one that has expired lets nobody in, and one that is none neither', async () => {
  const { time, one, ada, invite } = await hosted()
  const text = invite({ expires: ada.welcome().now + 3_000 })
  expect(answerTo(await guest(one, ROOM, 'Bob', { create: undefined, invite: text }))).toBe('member')
  await time.advance(3_000)
  const late = await guest(one, ROOM, 'Cy', { create: undefined, invite: text })
  expect(answerTo(late)).toBe(`expired_token ${CLOSE.expiredToken}`)
  for (const made of ['made up', `${text}x`, text.replace(/^./, 'r')])
    expect(answerTo(await guest(one, ROOM, 'Dan', { create: undefined, invite: made }))).toBe(BAD)
})

test('a lock shuts out who was invited before it, and not who is invited after it', async () => {
  const { one, other, invite, lock } = await hosted()
  const before = invite()
  await lock(true)
  const early = await guest(other, ROOM, 'Bob', { create: undefined, invite: before })
  expect(answerTo(early)).toBe(`room_locked ${CLOSE.roomLocked}`)
  expect(answerTo(await guest(other, ROOM, 'Cy', { create: undefined, invite: invite() }))).toBe('member')
  await lock(false)
  expect(answerTo(await guest(one, ROOM, 'Bob', { create: undefined, invite: before }))).toBe('member')
})

test('by the invite of somebody who was kicked nobody comes in, and others who came by it stay', async () => {
  const { time, one, other, ada, invite } = await hosted()
  const text = invite()
  const bob = await guest(other, ROOM, 'Bob', { create: undefined, invite: text })
  const cy = await guest(one, ROOM, 'Cy', { create: undefined, invite: text })
  ada.say({ type: 'kick', member: idOf('Bob') })
  await time.advance(200)
  expect(bob.socket.closedWith?.code).toBe(CLOSE.kicked)
  expect(cy.socket.closedWith).toBeUndefined()
  for (const gateway of [one, other])
    expect(answerTo(await guest(gateway, ROOM, 'Dan', { create: undefined, invite: text }))).toBe(BAD)
})

test('only owners invite and revoke', async () => {
  const { time, one, other, invite } = await hosted()
  const text = invite()
  const bob = await guest(other, ROOM, 'Bob')
  bob.say({ type: 'invite', role: 'member', re: 'a' })
  bob.say({ type: 'revoke', invite: text, re: 'b' })
  bob.say({ type: 'invite', role: 'owner', re: 'c' })
  await time.settle()
  expect(
    bob
      .of('error')
      .map(({ code, re }) => `${re} ${code}`)
      .toSorted(),
  ).toEqual(['a not_allowed', 'b not_allowed', 'c bad_frame'])
  expect(answerTo(await guest(one, ROOM, 'Cy', { create: undefined, invite: text }))).toBe('member')
})
