import type { Key, MemberId, RoomId, RoomKey } from '@whisperrooms/protocol'
import { describe, expect, test } from 'vitest'
import { type BusSnapshot, shardOf } from './bus/bus.ts'
import { memberIdOf } from './people/identity.ts'
import { writeBody } from './rooms/body.ts'
import { guest, send, sessionOf } from './testing/guest.ts'
import { manualTime } from './testing/manual-time.ts'
import { rawRecord, textBody } from './testing/raw-record.ts'
import { gateways, OWNER, ownerHashOf } from './testing/several-gateways.ts'
import { sharedLog } from './testing/shared-log.ts'
import { subscriber } from './testing/subscriber.ts'
import { testGateway } from './testing/test-gateway.ts'

test('a room in which somebody is at one gateway is not forgotten by the other', async () => {
  const { time, one, other } = await gateways()
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
  const { time, one, other } = await gateways()
  const ada = await guest(one, 'tea', 'Ada', { create: { ttl: 3 } })
  const bob = await guest(other, 'tea', 'Bob')
  ada.disconnect()
  bob.disconnect()
  await time.advance(6_000)
  // What a gateway writes that has not heard of whoever comes now.
  const cy = await guest(other, 'tea', 'Cy', { create: undefined })
  await one.bus.publish([rawRecord('end', 'tea', { as: 'owner' })])
  await time.advance(1_000)
  cy.say(send('here I am'))
  const dan = await guest(one, 'tea', 'Dan', { create: undefined })
  expect(dan.welcome().room.ttl).toBe(3)
  expect(dan.texts()).toEqual(['here I am'])
})

test('a gateway lets go of a shard in which nobody is, and takes it up again with all that is alive', async () => {
  const { time, one, other } = await gateways()
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
  const { time, one, other } = await gateways()
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
  const { time, one, other } = await gateways()
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

test('what was said before a room was made counts for nothing in it, also where its snapshot is known first', async () => {
  const { time, one, other } = await gateways()
  const body = textBody('AAAAAAAAAAAAAAAA' as MemberId, 'too soon')
  await one.bus.publish([rawRecord('message', 'tea', { ttl: 5, body })])
  const ada = await guest(one, 'tea', 'Ada')
  await time.advance(2_000)
  const bob = await guest(other, 'tea', 'Bob', { create: undefined })
  expect([ada.texts(), bob.texts()]).toEqual([[], []])
})

test('what a gateway read while it took a shard up is in a snapshot soon', async () => {
  const { time, log, open, other } = await gateways()
  const short = await open({ ...log.open(), putSnapshot: () => undefined })
  const ada = await guest(short, 'tea', 'Ada', { create: { ttl: 3 } })
  ada.disconnect()
  short.stop()
  await guest(other, 'tea', 'Bob', { create: undefined })
  // By then a gateway that takes the shard up does not read who made the room.
  await time.advance(40_000)
  const cy = await guest(await open(), 'tea', 'Cy', { create: undefined })
  expect(cy.welcome().room.ttl).toBe(3)
})

test('a snapshot is put again when somebody put an older one after it', async () => {
  const { time, log, open, one } = await gateways()
  const puts: BusSnapshot[] = []
  const watching = log.open()
  watching.subscribe(shardOf('tea' as RoomKey, watching.shards), 0, {
    ...subscriber(() => undefined),
    snapshot: (snapshot) => puts.push(snapshot),
  })
  const ada = await guest(one, 'tea', 'Ada', { create: { ownerHash: ownerHashOf('tea') }, owner: OWNER })
  await time.advance(2_000)
  const [older] = puts
  ada.say({ type: 'set', ttl: 2 })
  await time.advance(10_000)
  watching.putSnapshot('tea' as RoomKey, older)
  await time.advance(40_000)
  const bob = await guest(await open(), 'tea', 'Bob', { create: undefined })
  expect(bob.welcome().room.ttl).toBe(2)
})

test('what was said of no room, and had ended before it was read, may be said again under the same key', async () => {
  const { time, one, other } = await gateways()
  const member = memberIdOf('tea' as RoomId, sessionOf('Ada'))
  const message = send('again')
  const key = message.key as Key
  await one.bus.publish([rawRecord('message', 'tea', { member, key, ttl: 1, body: textBody(member, 'again') })])
  await time.advance(2_000)
  const ada = await guest(other, 'tea', 'Ada')
  ada.say(message)
  await time.settle()
  expect(ada.texts()).toEqual(['again'])
})

test('what had ended before it was read is known by its key all the same', async () => {
  const { time, one, other } = await gateways()
  const ada = await guest(one, 'tea', 'Ada')
  const message = send('once', { ttl: 1 })
  ada.say(message)
  await time.advance(2_000)
  const elsewhere = await guest(other, 'tea', 'Ada')
  elsewhere.say(message)
  await time.settle()
  const [ack] = ada.of('ack')
  expect(elsewhere.of('ack')).toMatchObject([{ target: ack?.target, duplicate: true }])
  expect([ada.texts(), elsewhere.texts()]).toEqual([['once'], []])
})

test('what a reader said does not keep a room from being forgotten, also where it had ended before it was read', async () => {
  const { time, one, other } = await gateways({ shards: 1 })
  const ada = await guest(one, 'tea', 'Ada')
  ada.say({ type: 'leave' })
  await time.advance(4_000)
  await one.bus.publish([rawRecord('message', 'tea', { as: 'reader', ttl: 1 })])
  await time.advance(2_000)
  await guest(other, 'coffee', 'Bob')
  await one.bus.publish([rawRecord('end', 'tea', { as: 'owner' })])
  for (const gateway of [one, other]) {
    const cy = await guest(gateway, 'tea', 'Cy', { create: undefined })
    expect(cy.errors()).toEqual(['no_such_room'])
  }
})

describe('within the longest time to live of something nobody is in the room for', () => {
  /** The room is empty; something comes into the log, and 2 s later somebody takes the room for forgotten. */
  async function forgetAfter(kind: string, body: object): Promise<string[][]> {
    const { time, one, other } = await gateways({ shards: 1 })
    const ada = await guest(one, 'tea', 'Ada')
    ada.say({ type: 'leave' })
    await time.advance(4_000)
    await one.bus.publish([rawRecord(kind, 'tea', { body: writeBody(body) })])
    await time.advance(2_000)
    await guest(other, 'coffee', 'Bob')
    await one.bus.publish([rawRecord('end', 'tea', { as: 'owner' })])
    await time.settle()
    const errors: string[][] = []
    for (const gateway of [one, other]) errors.push((await guest(gateway, 'tea', 'Cy', { create: undefined })).errors())
    return errors
  }

  test('the room is not forgotten after an unsend, also one that comes to nothing', async () => {
    expect(await forgetAfter('unsend', { target: 999 })).toEqual([[], []])
  })

  test('the room is forgotten after somebody typed: that is kept for nobody', async () => {
    const from = { id: 'AAAAAAAAAAAAAAAA', name: 'Ada' }
    expect(await forgetAfter('typing', { from, on: true })).toEqual([['no_such_room'], ['no_such_room']])
  })
})
