import type { MemberId, MessageFrame, Offset } from '@whisperrooms/protocol'
import { expect, test } from 'vitest'
import { writeBody } from './rooms/body.ts'
import { REACTIONS_EACH } from './rooms/reactions.ts'
import { type Guest, guest, send } from './testing/guest.ts'
import { rawRecord, textBody } from './testing/raw-record.ts'
import { gateways, OWNER, ownerHashOf } from './testing/several-gateways.ts'
import { type TestGateway, testGateway } from './testing/test-gateway.ts'

const ownerOf = (room: string) => ({ owner: OWNER, create: { ownerHash: ownerHashOf(room) } })
const MEMBER = 'BBBBBBBBBBBBBBBB' as MemberId

interface Marks {
  readonly target: number
  readonly emoji: string
  readonly name: string
  readonly on: boolean
}

/** The reactions somebody has been told of. */
const told = ({ of }: Guest): Marks[] =>
  of('reaction').map(({ target, emoji, from, on }) => ({ target, emoji, name: from.name, on }))

/** Says something, and where it is. */
async function say({ time }: TestGateway, who: Guest, text: string, fields: object = {}): Promise<Offset> {
  who.say(send(text, fields))
  await time.settle()
  return lastOf(who).offset
}

function lastOf(who: Guest): MessageFrame {
  const message = who.of('message').at(-1)
  if (message === undefined) throw new Error('nothing was said')
  return message
}

const logOf = (gateway: TestGateway, room: string) =>
  [...gateway.hosting.shards()].flatMap(({ rooms }) => [...rooms.values()].filter(({ key }) => key === room))[0]?.log

const rawReaction = (room: string, member: MemberId, target: Offset, emoji: string, fields: object = {}) =>
  rawRecord('react', room, {
    member,
    body: writeBody({ target, emoji, on: true, from: { id: member, name: 'Raw' } }),
    ...fields,
  })

test('a reaction is told to everybody, ends with its message, and comes again to whoever comes', async () => {
  const gateway = await testGateway()
  const [ada, bob] = [await guest(gateway, 'tea', 'Ada'), await guest(gateway, 'tea', 'Bob')]
  expect(ada.welcome().features).toContain('react')
  const target = await say(gateway, ada, 'cake!', { ttl: 60 })
  const { cursor, ticket } = bob.welcome()
  bob.say({ type: 'react', target, emoji: '🎂', on: true })
  await gateway.time.settle()
  const mark = { target, emoji: '🎂', name: 'Bob', on: true }
  expect([told(ada), told(bob)]).toEqual([[mark], [mark]])
  expect(ada.of('reaction')[0]?.expires).toBe(lastOf(ada).expires)
  bob.disconnect()
  const back = await guest(gateway, 'tea', 'Bob', { cursor, ticket })
  const newcomer = await guest(gateway, 'tea', 'Cy')
  expect([told(back), told(newcomer)]).toEqual([[mark], [mark]])
  await gateway.time.advance(60_000)
  const late = await guest(gateway, 'tea', 'Dan')
  expect(told(late)).toEqual([])
  expect(logOf(gateway, 'tea')?.isEmpty).toBe(true)
})

test('whoever comes back after a reaction was taken back knows that it is gone', async () => {
  const gateway = await testGateway()
  const [ada, bob] = [await guest(gateway, 'tea', 'Ada'), await guest(gateway, 'tea', 'Bob')]
  const target = await say(gateway, ada, 'cake!')
  ada.say({ type: 'react', target, emoji: '🎂', on: true })
  await gateway.time.settle()
  bob.say({ type: 'ping' })
  const { cursor } = bob.of('pong')[0] ?? bob.welcome()
  const { ticket } = bob.welcome()
  bob.disconnect()
  ada.say({ type: 'react', target, emoji: '🎂', on: false })
  await gateway.time.settle()
  const back = await guest(gateway, 'tea', 'Bob', { cursor, ticket })
  expect(told(back)).toEqual([{ target, emoji: '🎂', name: 'Ada', on: false }])
  expect(back.of('live')).toMatchObject([{ recovered: true, missed: 0 }])
})

test('reactions go with the message that is unsent, and with all that is burned', async () => {
  const gateway = await testGateway()
  const ada = await guest(gateway, 'tea', 'Ada', ownerOf('tea'))
  const [one, two] = [await say(gateway, ada, 'one'), await say(gateway, ada, 'two')]
  for (const target of [one, two]) ada.say({ type: 'react', target, emoji: '👍', on: true })
  await gateway.time.settle()
  ada.say({ type: 'unsend', target: one })
  await gateway.time.settle()
  expect(told(await guest(gateway, 'tea', 'Bob')).map(({ target }) => target)).toEqual([two])
  ada.say({ type: 'burn' })
  await gateway.time.settle()
  expect(told(await guest(gateway, 'tea', 'Cy'))).toEqual([])
  ada.say({ type: 'react', target: two, emoji: '👍', on: true, re: 'too late' })
  await gateway.time.settle()
  expect(ada.of('error')).toMatchObject([{ code: 'unknown_target', re: 'too late' }])
})

test('what changes nothing is told to nobody', async () => {
  const gateway = await testGateway()
  const ada = await guest(gateway, 'tea', 'Ada')
  const target = await say(gateway, ada, 'cake!')
  for (const on of [false, true, true, false, false]) {
    ada.say({ type: 'react', target, emoji: '🎂', on })
    await gateway.time.settle()
  }
  expect(told(ada).map(({ on }) => on)).toEqual([true, false])
  expect(ada.errors()).toEqual([])
})

test('10,000 reactions of one member to one message leave one of each emoji, and can always be taken back', async () => {
  const gateway = await testGateway()
  const ada = await guest(gateway, 'tea', 'Ada')
  const target = await say(gateway, ada, 'cake!')
  const before = logOf(gateway, 'tea')?.bytes
  for (let i = 0; i < 10_000; i++) {
    ada.say({ type: 'react', target, emoji: '🎂', on: i % 2 === 0 })
    if (i % 25 === 0) await gateway.time.settle()
  }
  await gateway.time.settle()
  expect(ada.errors()).toHaveLength(5_000 - REACTIONS_EACH)
  expect(new Set(ada.errors())).toEqual(new Set(['not_allowed']))
  expect(told(ada).at(-1)?.on).toBe(false)
  expect(told(await guest(gateway, 'tea', 'Bob'))).toHaveLength(1)
  expect(logOf(gateway, 'tea')?.bytes).toBeLessThanOrEqual(8 * (before ?? 0))
})

test('10,000 reactions at once are too fast, and the room goes on', async () => {
  const limits = { messages: 10, burst: 20, session: 15, room: 500 }
  const gateway = await testGateway({ limits })
  const [ada, eve] = [await guest(gateway, 'tea', 'Ada'), await guest(gateway, 'tea', 'Eve')]
  const target = await say(gateway, ada, 'cake!')
  for (let i = 0; i < 10_000; i++) eve.say({ type: 'react', target, emoji: '🎂', on: i % 2 === 0 })
  await gateway.time.settle()
  expect(told(ada).length).toBeLessThanOrEqual(limits.burst)
  expect(new Set(eve.errors())).toEqual(new Set(['rate_limited']))
  await say(gateway, ada, 'still here')
  expect(eve.texts()).toEqual(['cake!', 'still here'])
})

test('nobody can react to what is not a living message of the room', async () => {
  const gateway = await testGateway()
  const [ada, eve] = [await guest(gateway, 'tea', 'Ada'), await guest(gateway, 'tea', 'Eve')]
  const elsewhere = await guest(gateway, 'rum', 'Ada')
  const vanished = await say(gateway, ada, 'short', { ttl: 1 })
  await gateway.time.advance(1_000)
  const unsent = await say(gateway, ada, 'oops')
  ada.say({ type: 'unsend', target: unsent })
  const foreign = await say(gateway, elsewhere, 'not in the tea room')
  const target = await say(gateway, ada, 'here')
  ada.say({ type: 'react', target, emoji: '👍', on: true })
  await gateway.time.settle()
  const reaction = ada.of('reaction')[0]?.offset ?? 0
  const targets = [vanished, unsent, foreign, reaction, reaction + 1, Number.MAX_SAFE_INTEGER, 0]
  for (const [i, one] of targets.entries())
    for (const on of [true, false]) eve.say({ type: 'react', target: one, emoji: '👍', on, re: `${i}` })
  await gateway.time.settle()
  expect(eve.of('error').map(({ code, re }) => [code, re])).toEqual(
    targets.flatMap((_, i) => Array.from({ length: 2 }, () => ['unknown_target', `${i}`])),
  )
  expect([told(ada), told(elsewhere)]).toEqual([[{ target, emoji: '👍', name: 'Ada', on: true }], []])
})

test.each([
  ['a word', 'yes'],
  ['nothing', ''],
  ['two', '👍👍'],
  ['a long row', '👍'.repeat(1_000)],
  ['no text', 7],
])('what is no emoji is no frame: %s', async (_, emoji) => {
  const gateway = await testGateway()
  const ada = await guest(gateway, 'tea', 'Ada')
  const target = await say(gateway, ada, 'here')
  ada.say({ type: 'react', target, emoji, on: true, re: 'r' })
  await gateway.time.settle()
  expect(ada.of('error')).toMatchObject([{ code: 'bad_frame', re: 'r' }])
  expect(told(ada)).toEqual([])
})

test('a reader neither reacts nor types', async () => {
  const gateway = await testGateway()
  const ada = await guest(gateway, 'tea', 'Ada')
  const target = await say(gateway, ada, 'here')
  const from = { id: MEMBER, name: 'Raw' }
  await gateway.bus.publish([
    rawReaction('tea', MEMBER, target, '👍', { as: 'reader' }),
    rawRecord('typing', 'tea', { as: 'reader', member: MEMBER, body: writeBody({ from, on: true }) }),
    rawReaction('tea', MEMBER, target, '🎂'),
  ])
  await gateway.time.settle()
  expect(told(ada).map(({ emoji }) => emoji)).toEqual(['🎂'])
  expect(ada.of('typing')).toEqual([])
})

test('while the operator lets nobody speak, nobody reacts', async () => {
  const gateway = await testGateway()
  const ada = await guest(gateway, 'tea', 'Ada')
  const target = await say(gateway, ada, 'here')
  gateway.readOnly.isOn = true
  ada.say({ type: 'react', target, emoji: '👍', on: true })
  await gateway.time.settle()
  expect([ada.errors(), told(ada)]).toEqual([['not_allowed'], []])
})

test('a room that holds too much takes no reactions, and lets them be taken back', async () => {
  const gateway = await testGateway({ roomBytes: 64 * 1024 })
  const ada = await guest(gateway, 'tea', 'Ada')
  const target = await say(gateway, ada, 'here')
  ada.say({ type: 'react', target, emoji: '👍', on: true })
  for (let i = 0; i < 20; i++) {
    ada.say(send('x'.repeat(3_000)))
    await gateway.time.settle()
  }
  const before = ada.errors().length
  expect(before).toBeGreaterThan(0)
  ada.say({ type: 'react', target, emoji: '🎂', on: true, re: 'more' })
  ada.say({ type: 'react', target, emoji: '👍', on: false })
  await gateway.time.settle()
  expect(ada.of('error').slice(before)).toMatchObject([{ code: 'room_busy', re: 'more' }])
  expect(told(ada).map(({ emoji, on }) => [emoji, on])).toEqual([
    ['👍', true],
    ['👍', false],
  ])
})

test('many reactions do not keep a newcomer from what was said before them', async () => {
  const gateway = await testGateway()
  const ada = await guest(gateway, 'tea', 'Ada')
  const target = await say(gateway, ada, 'the best cake')
  const members = Array.from({ length: 2_000 }, (_, i) => `member${i}`.padEnd(16, '-') as MemberId)
  await gateway.bus.publish(members.map((member) => rawReaction('tea', member, target, '🎂')))
  await gateway.time.settle()
  const newcomer = await guest(gateway, 'tea', 'Bob')
  expect(newcomer.texts()).toEqual(['the best cake'])
  expect(told(newcomer)).toHaveLength(members.length)
})

test('a reaction to what had ended before this gateway read it is told to nobody, and was not missed', async () => {
  const { time, one, other } = await gateways()
  const ada = await guest(one, 'tea', 'Ada')
  const bob = await guest(one, 'tea', 'Bob')
  const { cursor, ticket } = bob.welcome()
  bob.disconnect()
  const target = await say(one, ada, 'short', { ttl: 1 })
  ada.say({ type: 'react', target, emoji: '👍', on: true })
  await time.settle()
  expect(told(ada)).toHaveLength(1)
  await time.advance(1_500)
  const back = await guest(other, 'tea', 'Bob', { cursor, ticket })
  expect(told(back)).toEqual([])
  expect(back.of('live')).toMatchObject([{ recovered: true, missed: 1 }])
  expect(ada.errors()).toEqual([])
})

test('everybody has the same reactions, whichever gateway they are at', async () => {
  const { time, one, other } = await gateways()
  const ada = await guest(one, 'tea', 'Ada')
  const bob = await guest(other, 'tea', 'Bob')
  const target = await say(one, ada, 'cake!')
  ada.say({ type: 'react', target, emoji: '🎂', on: true })
  bob.say({ type: 'react', target, emoji: '🎂', on: true })
  bob.say({ type: 'react', target, emoji: '🎂', on: false })
  await time.settle()
  const cy = await guest(other, 'tea', 'Cy')
  const state = (who: Guest) => new Map(told(who).map(({ name, emoji, on }) => [`${name} ${emoji}`, on]))
  for (const who of [ada, bob, cy]) expect(state(who).get('Ada 🎂')).toBe(true)
  for (const who of [ada, bob, cy]) expect(state(who).get('Bob 🎂') ?? false).toBe(false)
})

test('a message that had to make room still takes reactions elsewhere on screens, and they go when it is unsent', async () => {
  const gateway = await testGateway({ roomBytes: 64 * 1024 })
  const ada = await guest(gateway, 'tea', 'Ada')
  const target = await say(gateway, ada, 'the first')
  const { expires, at } = lastOf(ada)
  const filling = Array.from({ length: 60 }, () =>
    rawRecord('message', 'tea', { member: MEMBER, ttl: 60, body: textBody(MEMBER, 'x'.repeat(3_000)) }),
  )
  await gateway.bus.publish(filling)
  await gateway.time.settle()
  expect(logOf(gateway, 'tea')?.find(target, at)).toBeUndefined()
  await gateway.bus.publish([rawReaction('tea', MEMBER, target, '👍', { deadline: expires })])
  await gateway.time.settle()
  expect(told(ada)).toMatchObject([{ target, emoji: '👍', on: true }])
  const { you } = ada.welcome()
  await gateway.bus.publish([
    rawRecord('unsend', 'tea', { member: you.id, deadline: expires, body: writeBody({ target }) }),
  ])
  await gateway.time.settle()
  expect(ada.of('removed')).toMatchObject([{ targets: [target] }])
  expect(told(await guest(gateway, 'tea', 'Bob'))).toEqual([])
})

test('a reply comes also when what it answers has vanished', async () => {
  const gateway = await testGateway()
  const [ada, bob] = [await guest(gateway, 'tea', 'Ada'), await guest(gateway, 'tea', 'Bob')]
  const replyTo = await say(gateway, ada, 'a question', { ttl: 1 })
  await gateway.time.advance(1_000)
  await say(gateway, bob, 'an answer', { replyTo })
  expect(lastOf(ada)).toMatchObject({ text: 'an answer', replyTo })
  bob.say(send('an answer to nothing', { replyTo: 'the first' }))
  await gateway.time.settle()
  expect(bob.errors()).toEqual(['bad_frame'])
})
