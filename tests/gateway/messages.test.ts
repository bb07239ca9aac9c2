import { afterAll, beforeAll, expect, test } from 'vitest'
import { startGateway, type TestGateway } from '../support/gateway.ts'
import {
  enter,
  hear,
  joinFrame,
  newKey,
  newRoom,
  newSecret,
  ownerHashOf,
  ping,
  say,
  sendFrame,
  textsOf,
  untilBusTime,
} from '../support/member.ts'
import { frameBytes, OPCODE, openRawSocket, readObject } from '../support/raw-socket.ts'

let gateway: TestGateway
beforeAll(async () => {
  gateway = await startGateway({ WR_TTL_MAX: '60', WR_TTL_DEFAULT: '30' })
})
afterAll(() => gateway.stop())

test('a message reaches everybody, its sender too, with the same place and deadline', async () => {
  const room = newRoom()
  const speaker = await enter(gateway.url, room, { name: 'Ann' })
  const listener = await enter(gateway.url, room)
  const ack = await say(speaker, { key: 'my-own-key', text: 'hello', replyTo: 0 })
  const heard = await hear(listener, 'hello')
  expect(heard).toEqual({
    type: 'message',
    offset: ack.target,
    key: 'my-own-key',
    from: { id: speaker.welcome.you.id, name: 'Ann' },
    text: 'hello',
    replyTo: 0,
    at: expect.any(Number),
    expires: heard.at + 30_000,
  })
  expect(await hear(speaker, 'hello')).toEqual(heard)
  expect(ack).toEqual({ type: 'ack', key: 'my-own-key', target: heard.offset, expires: heard.expires })
})

test('the ack comes behind the message, in the same write', async () => {
  const socket = await openRawSocket(gateway.url, newRoom())
  socket.send(joinFrame({ create: {} }))
  await socket.next('live')
  const keys = [newKey(), newKey(), newKey()]
  const frames = keys.map((key) => frameBytes(OPCODE.text, JSON.stringify(sendFrame({ key }))))
  socket.write(Buffer.concat(frames))
  for (const _ of keys) await socket.next('ack')
  const said = socket.received
    .map(({ payload, read }) => ({ ...readObject(payload), read }))
    .filter((frame) => 'key' in frame && typeof frame.key === 'string')
  const placeOf = (type: string, key: string) =>
    said.findIndex((frame) => 'type' in frame && frame.type === type && 'key' in frame && frame.key === key)
  for (const key of keys) {
    expect(placeOf('message', key)).toBeGreaterThanOrEqual(0)
    expect(placeOf('ack', key)).toBeGreaterThan(placeOf('message', key))
    expect(said[placeOf('ack', key)]?.read).toBe(said[placeOf('message', key)]?.read)
  }
  socket.destroy()
})

test('a message sent again under its key is one message, acknowledged as a duplicate at the same place', async () => {
  const room = newRoom()
  const speaker = await enter(gateway.url, room)
  const listener = await enter(gateway.url, room)
  const key = newKey()
  const first = await say(speaker, { key, text: 'once' })
  const again = await say(speaker, { key, text: 'once' })
  expect(first.duplicate).toBeUndefined()
  expect(again).toEqual({ ...first, duplicate: true })
  expect(await say(speaker, { key, text: 'other words' })).toEqual(again)
  await say(speaker, 'the end')
  await hear(listener, 'the end')
  expect(textsOf(listener)).toEqual(['once', 'the end'])
})

test('the same key twice in one packet is one message, and the second ack says so', async () => {
  const room = newRoom()
  const listener = await enter(gateway.url, room)
  const socket = await openRawSocket(gateway.url, room)
  socket.send(joinFrame())
  await socket.next('live')
  const [before, frame] = ['before', 'once'].map((text) => frameBytes(OPCODE.text, JSON.stringify(sendFrame({ text }))))
  if (before === undefined || frame === undefined) throw new Error('there are two frames')
  socket.write(Buffer.concat([before, frame, frame]))
  await socket.next('ack')
  const [first, second] = [await socket.next('ack'), await socket.next('ack')]
  expect(second).toEqual({ ...first, duplicate: true })
  await say(listener, 'the end')
  await hear(listener, 'the end')
  expect(textsOf(listener)).toEqual(['before', 'once', 'the end'])
  socket.destroy()
})

test('a message sent again from a new connection of the same session is one message', async () => {
  const room = newRoom()
  const lost = await enter(gateway.url, room)
  const listener = await enter(gateway.url, room)
  const frame = sendFrame({ text: 'once' })
  lost.client.send(frame)
  await hear(listener, 'once')
  lost.client.drop()
  const back = await enter(gateway.url, room, { session: lost.session })
  expect(await say(back, frame)).toMatchObject({ duplicate: true })
  await say(back, 'the end')
  await hear(listener, 'the end')
  expect(textsOf(listener)).toEqual(['once', 'the end'])
})

test('the same key of two members is two messages', async () => {
  const room = newRoom()
  const key = newKey()
  const one = await enter(gateway.url, room)
  const other = await enter(gateway.url, room)
  const first = await say(one, { key, text: 'one' })
  const second = await say(other, { key, text: 'other' })
  expect(second.duplicate).toBeUndefined()
  expect(second.target).not.toBe(first.target)
})

test('many at once are one order for all, and each sender’s own order in it', async () => {
  const room = newRoom()
  const members = await Promise.all(Array.from({ length: 5 }, () => enter(gateway.url, room)))
  await Promise.all(
    members.flatMap((member, who) => Array.from({ length: 60 }, (_, i) => say(member, `${who} says ${i}`))),
  )
  for (const member of members.slice(0, 1)) await say(member, 'the end')
  await Promise.all(members.map((member) => hear(member, 'the end')))
  const [first = []] = members.map(textsOf)
  expect(first).toHaveLength(301)
  for (const member of members) expect(textsOf(member)).toEqual(first)
  for (const who of members.keys())
    expect(first.filter((text) => text.startsWith(`${who} `))).toEqual(
      Array.from({ length: 60 }, (_, i) => `${who} says ${i}`),
    )
})

test('a sender may shorten a message’s time to live, and never lengthen it', async () => {
  const member = await enter(gateway.url, newRoom(), { create: { ttl: 5 } })
  await say(member, { text: 'short', ttl: 1 })
  await say(member, { text: 'long', ttl: 86_400 })
  const short = await hear(member, 'short')
  const long = await hear(member, 'long')
  expect(short.expires - short.at).toBe(1_000)
  expect(long.expires - long.at).toBe(5_000)
})

test('a message whose `before` has come is too_late; one whose `before` is ahead gets in', async () => {
  const member = await enter(gateway.url, newRoom())
  const { now } = await ping(member)
  const key = newKey()
  member.client.send(sendFrame({ key, re: 'late', before: now - 1 }))
  expect(await member.client.next('error')).toMatchObject({ code: 'too_late', key, re: 'late' })
  expect((await say(member, { key, before: now + 10_000 })).duplicate).toBeUndefined()
})

test('unsending takes my message away from everybody, and from everybody who comes later', async () => {
  const room = newRoom()
  const speaker = await enter(gateway.url, room)
  const listener = await enter(gateway.url, room)
  const { target } = await say(speaker, 'oh no')
  speaker.client.send({ type: 'unsend', target })
  const removed = await listener.client.next('removed')
  expect(removed).toEqual({
    type: 'removed',
    offset: expect.any(Number),
    targets: [target],
    reason: 'unsent',
    by: speaker.welcome.you.id,
  })
  expect(removed.offset).toBeGreaterThan(target)
  expect(await speaker.client.next('removed')).toEqual(removed)
  const late = await enter(gateway.url, room)
  expect(late.replayed).toEqual([])
})

test('unsending somebody else’s message is not_allowed, and it stays', async () => {
  const room = newRoom()
  const speaker = await enter(gateway.url, room)
  const other = await enter(gateway.url, room)
  const { target } = await say(speaker, 'mine')
  other.client.send({ type: 'unsend', re: 'u', target })
  expect(await other.client.next('error')).toMatchObject({ code: 'not_allowed', re: 'u' })
  expect((await enter(gateway.url, room)).replayed.map(({ text }) => text)).toEqual(['mine'])
})

test('unsending what has vanished is unknown_target', async () => {
  const member = await enter(gateway.url, newRoom())
  const { target, expires } = await say(member, { text: 'gone', ttl: 1 })
  await untilBusTime(member, expires)
  member.client.send({ type: 'unsend', re: 'u', target })
  expect(await member.client.next('error')).toMatchObject({ code: 'unknown_target', re: 'u' })
  await say(member, 'and on')
})

test('a message of another room is never heard here', async () => {
  const here = await enter(gateway.url, newRoom())
  const there = await enter(gateway.url, newRoom(), { session: here.session })
  await say(there, 'there')
  await say(here, 'here')
  await say(there, 'there again')
  // What was on its way to one of them comes before the answer.
  await Promise.all([ping(here), ping(there)])
  expect(textsOf(here)).toEqual(['here'])
  expect(textsOf(there)).toEqual(['there', 'there again'])
  expect(there.welcome.you.id).not.toBe(here.welcome.you.id)
})

test('typing is told to those who are here, three seconds apart at the least, and replayed to nobody', async () => {
  const room = newRoom()
  const typist = await enter(gateway.url, room, { name: 'Ann' })
  const watcher = await enter(gateway.url, room)
  typist.client.send({ type: 'typing', on: true })
  const from = { id: typist.welcome.you.id, name: 'Ann' }
  expect(await watcher.client.next('typing')).toEqual({ type: 'typing', from, on: true })
  typist.client.send({ type: 'typing', re: 't', on: true })
  const error = await typist.client.next('error')
  expect(error).toMatchObject({ code: 'rate_limited', re: 't' })
  expect(error.retryAfter).toBeGreaterThan(0)
  expect(error.retryAfter).toBeLessThanOrEqual(3_000)
  typist.client.send({ type: 'typing', on: false })
  expect(await watcher.client.next('typing')).toEqual({ type: 'typing', from, on: false })
  const late = await enter(gateway.url, room, { cursor: { ...watcher.welcome.cursor, offset: -1 } })
  await say(late, 'no typing seen')
  expect(late.client.frames.filter(({ type }) => type === 'typing')).toEqual([])
})

test('two sockets of one session both hear everything, and only the one that sent is acknowledged', async () => {
  const room = newRoom()
  const owner = newSecret()
  const fields = { session: newSecret(), owner, create: { ownerHash: ownerHashOf(room, owner) } }
  const one = await enter(gateway.url, room, fields)
  const other = await enter(gateway.url, room, fields)
  expect(other.welcome).toMatchObject({ count: 1, members: [one.welcome.you] })
  await say(one, 'from one')
  await hear(other, 'from one')
  await say(other, 'from the other')
  await hear(one, 'from the other')
  expect(one.client.frames.filter(({ type }) => type === 'ack')).toHaveLength(1)
  expect(other.client.frames.filter(({ type }) => type === 'ack')).toHaveLength(1)
})
