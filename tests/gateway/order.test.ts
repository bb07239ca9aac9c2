import { afterAll, beforeAll, expect, test } from 'vitest'
import { startGateway, type TestGateway } from '../support/gateway.ts'
import {
  enter,
  hear,
  type Member,
  newKey,
  newRoom,
  newSecret,
  ownerHashOf,
  placeOf,
  say,
  sendFrame,
  textsOf,
} from '../support/member.ts'

let gateway: TestGateway
beforeAll(async () => {
  gateway = await startGateway({ WR_ROOM_BYTES: '65536' })
})
afterAll(() => gateway.stop())

const answerTo = ({ client }: Member, key: string) => client.answer(key)

/** Talks until the room is full. @returns the first refused key and the number of messages before it. */
async function fill(member: Member, text = 'x'.repeat(4_000)): Promise<{ refused: string; accepted: number }> {
  for (let accepted = 0; accepted < 1_000; accepted++) {
    const refused = newKey()
    member.client.send(sendFrame({ key: refused, text, re: 'fill' }))
    const answer = await answerTo(member, refused)
    if (answer.type === 'ack') continue
    expect(answer).toMatchObject({ code: 'room_busy', key: refused, re: 'fill' })
    expect(answer.retryAfter).toBeGreaterThan(0)
    return { refused, accepted }
  }
  throw new Error('the room never became full')
}

async function fullRoom() {
  const room = newRoom()
  const secret = newSecret()
  const owner = await enter(gateway.url, room, { owner: secret, create: { ownerHash: ownerHashOf(room, secret) } })
  const speaker = await enter(gateway.url, room)
  const { refused, accepted } = await fill(speaker)
  async function empty(): Promise<void> {
    owner.client.send({ type: 'burn' })
    await speaker.client.next('removed')
  }
  return { room, owner, speaker, refused, accepted, empty }
}

async function expectHeld(member: Member, key: string): Promise<void> {
  member.client.send(sendFrame({ key, re: 'h', text: 'held?' }))
  expect(await answerTo(member, key)).toMatchObject({ type: 'error', code: 'held', key, re: 'h' })
}

test('behind a message the full room refused, later ones are held until it comes again, and the order is kept', async () => {
  const { owner, speaker, refused, empty } = await fullRoom()
  const [second, third] = [newKey(), newKey()]
  await expectHeld(speaker, second)
  await expectHeld(speaker, third)
  await empty()
  await expectHeld(speaker, second)
  const sent = [refused, second, third].map((key, i) => sendFrame({ key, text: `in order ${i}` }))
  for (const frame of sent) speaker.client.send(frame)
  for (const { key } of sent) expect((await answerTo(speaker, key)).type).toBe('ack')
  await hear(owner, 'in order 2')
  expect(textsOf(owner).slice(-3)).toEqual(['in order 0', 'in order 1', 'in order 2'])
})

test('many in one packet to a full room: the first is room_busy, all others are held', async () => {
  const { speaker, refused } = await fullRoom()
  speaker.client.send({ type: 'skip', key: refused })
  const keys = Array.from({ length: 20 }, newKey)
  for (const key of keys) speaker.client.send(sendFrame({ key }))
  const answers = await Promise.all(keys.map((key) => answerTo(speaker, key)))
  expect(answers.map((answer) => answer.type === 'error' && answer.code)).toEqual([
    'room_busy',
    ...keys.slice(1).map(() => 'held'),
  ])
})

test('giving a refused message up lets the next one go', async () => {
  const { speaker, refused, empty } = await fullRoom()
  const next = newKey()
  await expectHeld(speaker, next)
  await empty()
  speaker.client.send({ type: 'skip', key: newKey() })
  await expectHeld(speaker, next)
  speaker.client.send({ type: 'skip', key: refused })
  speaker.client.send(sendFrame({ key: next }))
  expect((await answerTo(speaker, next)).type).toBe('ack')
})

test('a refused message that comes again to a room still full is refused again, and still holds the others', async () => {
  const { speaker, refused } = await fullRoom()
  speaker.client.send(sendFrame({ key: refused }))
  expect(await answerTo(speaker, refused)).toMatchObject({ code: 'room_busy' })
  await expectHeld(speaker, newKey())
})

test('a message that will never be accepted does not hold the next one', async () => {
  const room = newRoom()
  const member = await enter(gateway.url, room)
  const bad = newKey()
  member.client.send(sendFrame({ key: bad, text: '' }))
  member.client.send(sendFrame({ key: newKey(), text: 'next' }))
  expect(await answerTo(member, bad)).toMatchObject({ code: 'empty_text' })
  await hear(member, 'next')
})

test('one member’s hold is not another’s, and ends with their connection', async () => {
  const { room, owner, speaker, empty } = await fullRoom()
  await empty()
  await say(owner, 'I may speak')
  speaker.client.drop()
  const back = await enter(gateway.url, room, { session: speaker.session })
  await say(back, 'and so may I, on a new connection')
})

test('what makes room is let through where messages are held', async () => {
  const { owner, speaker } = await fullRoom()
  const { offset } = await speaker.client.next('message')
  speaker.client.send({ type: 'unsend', target: offset })
  expect(await owner.client.next('removed')).toMatchObject({ targets: [offset] })
})

test('whoever comes back to a room that had to let messages go is told how many of them were missed', async () => {
  const { room, owner, speaker, accepted } = await fullRoom()
  const lost = await enter(gateway.url, room)
  const place = { ...(await placeOf(lost)), cursor: { ...lost.welcome.cursor, offset: -1 } }
  lost.client.drop()
  // Changes of the settings are kept however full the room is: they push the oldest messages out.
  for (let i = 0; i < 600; i++) {
    owner.client.send({ type: 'set', listed: i % 2 === 0 })
    await speaker.client.next('room')
  }
  const back = await enter(gateway.url, room, { session: lost.session, ...place })
  expect(back.live.recovered).toBe(true)
  expect(back.live.missed).toBeGreaterThan(0)
  expect(back.replayed.length + (back.live.missed ?? 0)).toBe(accepted)
})
