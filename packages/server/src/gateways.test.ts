import { createHash } from 'node:crypto'
import { ownerPreimage } from '@whisperrooms/protocol'
import { expect, test } from 'vitest'
import { guest, send } from './testing/guest.ts'
import { manualTime } from './testing/manual-time.ts'
import { sharedLog } from './testing/shared-log.ts'
import { testGateway } from './testing/test-gateway.ts'

const OWNER = 'owner-secret-'.padEnd(22, 'x')
const ownerHashOf = (room: string) => createHash('sha256').update(ownerPreimage(room, OWNER)).digest('base64url')

/** Gateways on one log. Rooms are forgotten after 8 s, and not within 5 s of anything in them. */
async function gateways(count: number) {
  const time = manualTime()
  const log = sharedLog(time)
  const options = { lingerSeconds: 8, ttl: { minSeconds: 1, maxSeconds: 5, defaultSeconds: 5 } }
  const all = await Promise.all(
    Array.from({ length: count }, () => testGateway({ ...options, shared: { time, bus: log.open() } })),
  )
  const [one, other] = all
  if (one === undefined || other === undefined) throw new Error('two at least')
  return { time, log, one, other }
}

test('when the log begins anew members are told on their living sockets, and go on in the same room', async () => {
  const { time, log, one, other } = await gateways(2)
  const ada = await guest(one, 'tea', 'Ada', { create: { ttl: 4, ownerHash: ownerHashOf('tea') }, owner: OWNER })
  const bob = await guest(other, 'tea', 'Bob')
  ada.say(send('before'))
  ada.say({ type: 'set', locked: true })
  await time.settle()
  log.beginAnew()
  await time.advance(1_000)
  for (const { of, welcome } of [ada, bob]) {
    const [gap] = of('gap')
    expect(gap?.cursor.epoch).not.toBe(welcome().cursor.epoch)
    expect(gap?.missed).toBeNull()
    const [pong] = of('pong')
    expect(pong?.cursor.epoch).toBe(gap?.cursor.epoch)
    expect(pong?.ticket).toBeTypeOf('string')
  }
  bob.say(send('after'))
  await time.settle()
  for (const { texts } of [ada, bob]) expect(texts()).toEqual(['before', 'after'])
  // Still locked; with the ticket that the pong brought Bob may come back, also elsewhere, and a stranger may not.
  const [pong] = bob.of('pong')
  const back = await guest(one, 'tea', 'Bob', { create: undefined, ticket: pong?.ticket, cursor: pong?.cursor })
  expect(back.welcome().room).toMatchObject({ ttl: 4, locked: true })
  expect(back.of('live')).toMatchObject([{ recovered: true }])
  const stranger = await guest(other, 'tea', 'Cy', { create: undefined })
  expect(stranger.errors()).toEqual(['room_locked'])
})

test('who asks for a room that is being made again is let in when it is', async () => {
  const { time, log, one, other } = await gateways(2)
  await guest(one, 'tea', 'Ada', { create: { ttl: 4 } })
  await guest(other, 'tea', 'Bob')
  log.beginAnew()
  const cy = await guest(other, 'tea', 'Cy', { create: undefined })
  await time.advance(1_000)
  expect(cy.welcome().room.ttl).toBe(4)
})

test('what is said before the room is there again is refused, and may be said again under the same key', async () => {
  const { time, log, one } = await gateways(2)
  const ada = await guest(one, 'tea', 'Ada')
  log.beginAnew()
  const message = send('too soon')
  ada.say(message)
  await time.settle()
  expect(ada.errors()).toEqual(['bus_unavailable'])
  await time.advance(1_000)
  ada.say(message)
  await time.settle()
  expect(ada.texts()).toEqual(['too soon'])
})

test('a room in which somebody is at one gateway is not forgotten by the other', async () => {
  const { time, one, other } = await gateways(2)
  const ada = await guest(one, 'tea', 'Ada')
  const bob = await guest(other, 'tea', 'Bob')
  bob.disconnect()
  await time.advance(60_000)
  const back = await guest(other, 'tea', 'Bob', { create: undefined })
  back.say(send('still there'))
  await time.settle()
  expect(ada.texts()).toEqual(['still there'])
})

test('a room that is forgotten in the moment somebody comes is made again, for all', async () => {
  const { time, one, other } = await gateways(2)
  const ada = await guest(one, 'tea', 'Ada', { create: { ttl: 3 } })
  const bob = await guest(other, 'tea', 'Bob')
  ada.disconnect()
  bob.disconnect()
  await time.advance(6_000)
  // What a gateway writes that has not heard of whoever comes now.
  const [shard] = [...one.hosting.shards()].filter(({ rooms }) => rooms.size > 0)
  const [room] = shard?.rooms.values() ?? []
  if (room === undefined) throw new Error('the room should be there')
  const cy = await guest(other, 'tea', 'Cy', { create: undefined })
  await one.bus.publish([
    {
      v: 1,
      kind: 'end',
      room: room.key,
      member: 'AAAAAAAAAAAAAAAA' as never,
      as: 'owner',
      joined: -1 as never,
      key: 'end-of-the-room' as never,
      ttl: 0,
      notAfter: room.now + 10_000,
      body: Buffer.from('{}'),
    },
  ])
  await time.advance(1_000)
  cy.say(send('here I am'))
  const dan = await guest(one, 'tea', 'Dan', { create: undefined })
  expect(dan.welcome().room.ttl).toBe(3)
  expect(dan.texts()).toEqual(['here I am'])
})

test('a gateway lets go of a shard in which nobody is, and takes it up again with all that is alive', async () => {
  const { time, one, other } = await gateways(2)
  const ada = await guest(one, 'tea', 'Ada', { create: { ttl: 5 } })
  const bob = await guest(other, 'tea', 'Bob')
  bob.disconnect()
  await time.advance(20_000)
  expect([...other.hosting.shards()]).toEqual([])
  ada.say(send('alive'))
  await time.settle()
  const back = await guest(other, 'tea', 'Bob', { create: undefined })
  expect(back.texts()).toEqual(['alive'])
})

test('who was at another gateway is not known any more when their shard was let go', async () => {
  const { time, one, other } = await gateways(2)
  const bob = await guest(other, 'tea', 'Bob')
  const ada = await guest(one, 'tea', 'Ada')
  await time.advance(1_000)
  bob.disconnect()
  await time.advance(30_000)
  expect([...other.hosting.shards()]).toEqual([])
  ada.disconnect()
  await time.advance(15_000)
  const back = await guest(other, 'tea', 'Bob')
  expect(back.welcome().members.map(({ name }) => name)).toEqual(['Bob'])
})

test('who leaves while a room waits to be made again has left', async () => {
  const { time, log, one, other } = await gateways(2)
  const ada = await guest(one, 'tea', 'Ada')
  const bob = await guest(other, 'tea', 'Bob')
  await time.advance(500)
  log.beginAnew()
  bob.say({ type: 'leave' })
  await time.advance(5_000)
  expect(ada.of('presence').at(-1)).toMatchObject({ count: 1 })
})

test('what an owner did before a hand-over counts, also where only the snapshot of after it is known', async () => {
  const time = manualTime()
  const log = sharedLog(time)
  const options = { ttl: { minSeconds: 1, maxSeconds: 100, defaultSeconds: 100 } }
  const open = () => testGateway({ ...options, shared: { time, bus: log.open() } })
  const one = await open()
  const ada = await guest(one, 'tea', 'Ada', { create: { ownerHash: ownerHashOf('tea') }, owner: OWNER })
  const bob = await guest(one, 'tea', 'Bob')
  // By then a gateway that takes the shard up does not read who made the room.
  await time.advance(130_000)
  bob.say(send('burn me'))
  await time.settle()
  ada.say({ type: 'burn' })
  ada.say({ type: 'set', ownerHash: ownerHashOf('another room') })
  await time.advance(5_000)
  const cy = await guest(await open(), 'tea', 'Cy', { create: undefined })
  expect(cy.texts()).toEqual([])
  expect(cy.welcome().room.ownerHash).toBe(ownerHashOf('another room'))
})

test('how much vanished before a shard was taken up is not known, and not said to be nothing', async () => {
  const { time, one, other } = await gateways(2)
  const ada = await guest(one, 'tea', 'Ada')
  const bob = await guest(one, 'tea', 'Bob')
  const { ticket, cursor } = bob.welcome()
  bob.disconnect()
  for (let i = 0; i < 3; i++) ada.say(send(`vanishes ${i}`))
  await time.advance(40_000)
  ada.say(send('alive'))
  await time.settle()
  const back = await guest(other, 'tea', 'Bob', { create: undefined, ticket, cursor })
  expect(back.of('live')).toMatchObject([{ recovered: true, missed: null }])
  expect(back.texts()).toEqual(['alive'])
})

test('a change made shortly before the log began anew is not undone by an older snapshot', async () => {
  const { time, log, one, other } = await gateways(2)
  const ada = await guest(one, 'tea', 'Ada', { create: { ownerHash: ownerHashOf('tea') }, owner: OWNER })
  await time.advance(2_000)
  ada.say({ type: 'set', locked: true })
  await time.advance(100)
  log.beginAnew({ keepSnapshots: true })
  await time.advance(3_000)
  for (const gateway of [one, other]) {
    const stranger = await guest(gateway, 'tea', 'Cy', { create: undefined })
    expect(stranger.errors()).toEqual(['room_locked'])
  }
})
