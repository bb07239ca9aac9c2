import { afterAll, beforeAll, expect, test } from 'vitest'
import { startGateway, type TestGateway } from '../support/gateway.ts'
import { enter, type Member, newRoom, ping, say } from '../support/member.ts'

let gateway: TestGateway
beforeAll(async () => {
  gateway = await startGateway()
})
afterAll(() => gateway.stop())

const hasLeft = ({ client }: Member, member: Member) =>
  client.next('presence', ({ left }) => left?.includes(member.welcome.you.id) ?? false)
const hasJoined = ({ client }: Member, member: Member) =>
  client.next('presence', ({ joined }) => joined?.some(({ id }) => id === member.welcome.you.id) ?? false)

test('who comes is told to those who are here, themselves included', async () => {
  const room = newRoom()
  const first = await enter(gateway.url, room)
  await hasJoined(first, first)
  const second = await enter(gateway.url, room, { name: 'Bob' })
  expect(await hasJoined(first, second)).toEqual({ type: 'presence', joined: [second.welcome.you], count: 2 })
  expect(second.welcome.members).toEqual([first.welcome.you, second.welcome.you])
})

test('who leaves is gone at once', async () => {
  const room = newRoom()
  const stays = await enter(gateway.url, room)
  const leaves = await enter(gateway.url, room)
  await hasJoined(stays, leaves)
  const since = performance.now()
  leaves.client.send({ type: 'leave' })
  expect(await leaves.client.closed).toEqual({ code: 1000, reason: 'left' })
  expect(await hasLeft(stays, leaves)).toEqual({ type: 'presence', left: [leaves.welcome.you.id], count: 1 })
  expect(performance.now() - since).toBeLessThan(2_000)
})

test('two sockets of one session are one person, who is here until the last one leaves', async () => {
  const room = newRoom()
  const stays = await enter(gateway.url, room)
  const tab = await enter(gateway.url, room)
  const otherTab = await enter(gateway.url, room, { session: tab.session })
  await hasJoined(stays, tab)
  expect(otherTab.welcome.count).toBe(2)
  tab.client.send({ type: 'leave' })
  await tab.client.closed
  const witness = await enter(gateway.url, room)
  expect(witness.welcome.count).toBe(3)
  otherTab.client.send({ type: 'leave' })
  await hasLeft(stays, tab)
})

test('a new name is told, and stands in what is said from then on', async () => {
  const room = newRoom()
  const watcher = await enter(gateway.url, room)
  const member = await enter(gateway.url, room, { name: 'Ann' })
  await hasJoined(watcher, member)
  await say(member, 'as Ann')
  member.client.send({ type: 'rename', name: ' Beth \u202e' })
  const renamed = { ...member.welcome.you, name: 'Beth' }
  const change = await watcher.client.next('presence', ({ changed }) => changed !== undefined)
  expect(change).toEqual({ type: 'presence', changed: [renamed], count: 2 })
  await say(member, 'as Beth')
  const late = await enter(gateway.url, room)
  expect(late.replayed.map(({ from }) => from.name)).toEqual(['Ann', 'Beth'])
  expect(late.welcome.members).toContainEqual(renamed)
})

test('whoever is alone, leaves and comes right back is never told that nobody is here', async () => {
  const room = newRoom()
  const first = await enter(gateway.url, room)
  await hasJoined(first, first)
  first.client.send({ type: 'leave' })
  await first.client.closed
  const back = await enter(gateway.url, room, { session: first.session })
  await hasJoined(back, await enter(gateway.url, room))
  const counts = back.client.frames.flatMap((frame) => (frame.type === 'presence' ? [frame.count] : []))
  expect(counts.filter((count) => count < 1)).toEqual([])
  const left = back.client.frames.flatMap((frame) => (frame.type === 'presence' ? (frame.left ?? []) : []))
  expect(left).not.toContain(back.welcome.you.id)
})

test('a room above 200 members is told numbers, and the whole list again when it has shrunk', async () => {
  const room = newRoom()
  const watcher = await enter(gateway.url, room)
  const crowd = await Promise.all(Array.from({ length: 200 }, () => enter(gateway.url, room)))
  const numbers = await watcher.client.next('presence', ({ count }) => count === 201)
  expect(numbers).toEqual({ type: 'presence', count: 201 })
  const late = await enter(gateway.url, room)
  expect(late.welcome.members).toHaveLength(200)
  expect(late.welcome.count).toBe(202)
  for (const { client } of [late, ...crowd.slice(0, 2)]) client.send({ type: 'leave' })
  const list = await watcher.client.next('presence', ({ count }) => count === 199)
  expect(list.members).toHaveLength(199)
  for (const { client } of crowd) client.close()
  await ping(watcher)
})
