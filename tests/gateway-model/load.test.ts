import { expect, test } from 'vitest'
import type { Received } from '../../packages/server/src/testing/fake-socket.ts'
import { asGuest, type Guest, guest, send } from '../../packages/server/src/testing/guest.ts'
import { isLogged } from '../../packages/server/src/testing/person.ts'
import { type TestGateway, testGateway } from '../../packages/server/src/testing/test-gateway.ts'

const FROM_THE_END = { type: 'load', before: Number.MAX_SAFE_INTEGER }

/** Somebody in the room, and what was written to them whether they have read it or not. */
async function observed(gateway: TestGateway, name: string): Promise<{ reader: Guest; written: Received[] }> {
  const written: Received[] = []
  const client = gateway.connect('tea', (frame) => written.push(frame))
  client.say({ type: 'join', protocol: 1, name, session: name.padEnd(22, '-'), create: {} })
  await gateway.time.settle()
  return { reader: asGuest(client), written }
}

const offsetsOf = (frames: readonly Received[]): number[] => frames.filter(isLogged).map(({ offset }) => offset)

test('who loads while they lag gets only what they have been given already, and the rest in its turn, once', async () => {
  const gateway = await testGateway()
  const ada = await guest(gateway, 'tea', 'Ada')
  const { reader, written } = await observed(gateway, 'Bob')
  for (let i = 0; i < 5; i++) ada.say(send(`before ${i}`))
  await gateway.time.settle()
  reader.socket.stall()
  // More than is handed to a socket at a time, twice over.
  for (let i = 0; i < 60; i++) ada.say(send(`${i} `.padEnd(3_000, 'x')))
  await gateway.time.settle()

  const given = offsetsOf(written)
  const before = written.length
  reader.say(FROM_THE_END)
  const page = written.slice(before)
  expect(page.at(-1)).toMatchObject({ type: 'loaded' })
  expect(offsetsOf(page).length).toBeGreaterThan(0)
  expect(given).toEqual(expect.arrayContaining(offsetsOf(page)))

  reader.socket.drain()
  await gateway.time.settle()
  const inItsTurn = written.slice(before + page.length)
  expect([...given, ...offsetsOf(inItsTurn)]).toEqual(offsetsOf(ada.of('message')))
})

test('a newcomer who loads before their replay is over gets nothing that the replay will bring', async () => {
  const gateway = await testGateway()
  const ada = await guest(gateway, 'tea', 'Ada')
  for (let i = 0; i < 100; i++) ada.say(send(`${i} `.padEnd(3_000, 'x')))
  await gateway.time.settle()
  const written: Received[] = []
  const client = gateway.connect('tea', (frame) => written.push(frame))
  client.socket.stall()
  client.say({ type: 'join', protocol: 1, name: 'Bob', session: 'Bob'.padEnd(22, '-') })
  await gateway.time.settle()
  expect(written.some(({ type }) => type === 'live')).toBe(false)

  const given = offsetsOf(written)
  const before = written.length
  client.say(FROM_THE_END)
  const page = written.slice(before)
  expect(page.at(-1)).toMatchObject({ type: 'loaded' })
  expect(given).toEqual(expect.arrayContaining(offsetsOf(page)))
  client.socket.drain()
  await gateway.time.settle()
  expect([...given, ...offsetsOf(written.slice(before + page.length))]).toEqual(offsetsOf(ada.of('message')))
})

test('who loads is told nothing that was for those who were there when it was said', async () => {
  const gateway = await testGateway()
  const ada = await guest(gateway, 'tea', 'Ada')
  const { reader, written } = await observed(gateway, 'Bob')
  ada.say(send('kept'))
  await gateway.time.advance(1_000)
  const signal = { type: 'typing', from: { id: ada.welcome().you.id, name: 'Ada' }, on: true }
  const before = written.length
  const rooms = [...gateway.hosting.shards()].flatMap((shard) => [...shard.rooms.values()])
  expect(rooms).toHaveLength(1)
  for (const room of rooms) room.signal(JSON.stringify(signal))
  // In the same turn, before the room has written it to anybody.
  reader.say(FROM_THE_END)
  expect(written.slice(before).map(({ type }) => type)).toEqual(['message', 'loaded'])
  await gateway.time.settle()
  expect(written.slice(before + 2)).toEqual([signal])
  reader.say(FROM_THE_END)
  expect(written.slice(before + 3).map(({ type }) => type)).toEqual(['message', 'loaded'])
})
