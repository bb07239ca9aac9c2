import { CLOSE, type MemberId, type RoomId } from '@whisperrooms/protocol'
import { describe, expect, test } from 'vitest'
import { memberIdOf } from './people/identity.ts'
import { writeBody } from './rooms/body.ts'
import { type Guest, guest, send, sessionOf } from './testing/guest.ts'
import { rawRecord, textBody } from './testing/raw-record.ts'
import { gateways, OWNER, ownerHashOf } from './testing/several-gateways.ts'

const ROOM = 'tea'
const idOf = (name: string): MemberId => memberIdOf(ROOM as RoomId, sessionOf(name))
const owned = { create: { ownerHash: ownerHashOf(ROOM), ttl: 5 }, owner: OWNER }

/** An owner at one gateway, a member at each of two. */
async function company() {
  const world = await gateways()
  const ada = await guest(world.one, ROOM, 'Ada', owned)
  const bob = await guest(world.other, ROOM, 'Bob')
  const cy = await guest(world.one, ROOM, 'Cy')
  await world.time.advance(200)
  return { ...world, ada, bob, cy }
}

const lastError = ({ of }: Guest) => of('error').at(-1)?.code
/** How somebody is shown to a member who has heard of every change. */
function shown({ of, welcome }: Guest, id: MemberId) {
  const told = [...welcome().members, ...of('presence').flatMap((f) => [...(f.joined ?? []), ...(f.changed ?? [])])]
  return told.findLast((member) => member.id === id)
}

describe('whoever is kicked', () => {
  test('is out at every gateway, and the others see them leave', async () => {
    const { time, ada, bob, cy } = await company()
    ada.say({ type: 'kick', member: idOf('Bob') })
    await time.advance(200)
    expect(lastError(bob)).toBe('kicked')
    expect(bob.socket.closedWith?.code).toBe(CLOSE.kicked)
    for (const { of } of [ada, cy]) expect(of('presence').at(-1)).toMatchObject({ left: [idOf('Bob')], count: 2 })
    expect(cy.socket.closedWith).toBeUndefined()
  })

  test('comes back neither with their session nor with a ticket, at no gateway', async () => {
    const { time, one, other, ada, bob } = await company()
    const { ticket, cursor } = bob.welcome()
    ada.say({ type: 'kick', member: idOf('Bob') })
    await time.advance(200)
    for (const gateway of [one, other]) {
      const back = await guest(gateway, ROOM, 'Bob', { ticket, cursor })
      expect(back.errors()).toEqual(['kicked'])
      expect(back.socket.closedWith?.code).toBe(CLOSE.kicked)
    }
    const stranger = await guest(other, ROOM, 'Dan', { ticket, cursor })
    expect(stranger.welcome().you.name).toBe('Dan')
  })

  test('is not heard from then on, whatever was on its way', async () => {
    const { time, one, ada, cy } = await company()
    const said = (text: string) =>
      rawRecord('message', ROOM, { member: idOf('Bob'), ttl: 5, body: textBody(idOf('Bob'), text) })
    await one.bus.publish([said('before')])
    ada.say({ type: 'kick', member: idOf('Bob') })
    await time.settle()
    await one.bus.publish([said('after')])
    await time.settle()
    expect(cy.texts()).toEqual(['before'])
  })

  test('is still out when nothing is left of it in the log, at a gateway that comes later, and in a new epoch', async () => {
    const { time, log, open, ada } = await company()
    ada.say({ type: 'kick', member: idOf('Bob') })
    await time.advance(60_000)
    const third = await open()
    expect((await guest(third, ROOM, 'Bob')).errors()).toEqual(['kicked'])
    log.beginAnew({ keepSnapshots: true })
    await time.advance(2_000)
    expect((await guest(third, ROOM, 'Bob')).errors()).toEqual(['kicked'])
    expect((await guest(third, ROOM, 'Eve')).welcome().you.name).toBe('Eve')
  })

  test('with several sockets is out with all of them', async () => {
    const { time, one, ada, bob } = await company()
    const tab = await guest(one, ROOM, 'Bob')
    ada.say({ type: 'kick', member: idOf('Bob') })
    await time.advance(200)
    for (const socket of [bob, tab]) expect(socket.socket.closedWith?.code).toBe(CLOSE.kicked)
  })
})

describe('it is not for everybody to decide', () => {
  test.each([
    ['kick', {}],
    ['mute', { on: true }],
    ['role', { role: 'reader' }],
  ])('a member cannot %s, and an owner not themselves', async (type, fields) => {
    const { time, ada, bob, cy } = await company()
    bob.say({ type, member: idOf('Cy'), ...fields })
    ada.say({ type, member: idOf('Ada'), ...fields })
    await time.settle()
    for (const one of [ada, bob]) expect(one.errors()).toEqual(['not_allowed'])
    cy.say(send('still here'))
    ada.say(send('and I'))
    await time.settle()
    expect(bob.texts()).toEqual(['still here', 'and I'])
  })

  test('a record of somebody who is no owner counts for nothing, whoever let it pass', async () => {
    const { time, one, cy } = await company()
    const body = writeBody({ member: idOf('Cy') })
    const claims = [{ as: 'member' }, { as: 'owner' }, { as: 'owner', owner: ownerHashOf(ROOM, 'another') }] as const
    for (const claim of claims)
      await one.bus.publish([rawRecord('kick', ROOM, { member: idOf('Bob'), body, ...claim })])
    await time.advance(200)
    expect(cy.socket.closedWith).toBeUndefined()
  })

  test('whom there is not can be named, and what is no member cannot', async () => {
    const { time, ada } = await company()
    ada.say({ type: 'kick', member: idOf('Nobody') })
    ada.say({ type: 'kick', member: 'too short', re: 'a' })
    ada.say({ type: 'role', member: idOf('Bob'), role: 'admiral', re: 'b' })
    await time.settle()
    expect(ada.of('error')).toMatchObject([
      { code: 'bad_frame', re: 'a' },
      { code: 'bad_frame', re: 'b' },
    ])
  })
})

test('whoever is muted may not speak, and may again', async () => {
  const { time, ada, bob, cy } = await company()
  ada.say({ type: 'mute', member: idOf('Bob'), on: true })
  await time.advance(200)
  expect(shown(cy, idOf('Bob'))).toMatchObject({ role: 'member', muted: true })
  bob.say(send('unheard'))
  await time.settle()
  expect(lastError(bob)).toBe('muted')
  ada.say({ type: 'mute', member: idOf('Bob'), on: false })
  await time.advance(200)
  bob.say(send('heard'))
  await time.settle()
  expect(cy.texts()).toEqual(['heard'])
  expect(shown(cy, idOf('Bob'))).toEqual({ id: idOf('Bob'), name: 'Bob', role: 'member' })
})

test('a role counts wherever its member is, and after they come back', async () => {
  const { time, one, ada, bob, cy } = await company()
  ada.say({ type: 'role', member: idOf('Bob'), role: 'reader' })
  await time.advance(200)
  expect(shown(cy, idOf('Bob'))?.role).toBe('reader')
  bob.disconnect()
  const back = await guest(one, ROOM, 'Bob')
  expect(back.welcome().you.role).toBe('reader')
  back.say(send('unheard'))
  await time.settle()
  expect(lastError(back)).toBe('not_allowed')
  expect(cy.texts()).toEqual([])
})

test('a member who was made an owner decides as one, until they are a member again', async () => {
  const { time, ada, bob, cy } = await company()
  ada.say({ type: 'role', member: idOf('Bob'), role: 'owner' })
  await time.advance(200)
  bob.say({ type: 'mute', member: idOf('Cy'), on: true })
  await time.advance(200)
  expect(shown(ada, idOf('Cy'))?.muted).toBe(true)
  // Two owners do not throw each other out in passing.
  ada.say({ type: 'kick', member: idOf('Bob') })
  await time.settle()
  expect(lastError(ada)).toBe('not_allowed')
  ada.say({ type: 'role', member: idOf('Bob'), role: 'member' })
  await time.settle()
  bob.say({ type: 'mute', member: idOf('Cy'), on: false })
  ada.say({ type: 'kick', member: idOf('Bob') })
  await time.advance(200)
  expect(bob.errors()).toEqual(['not_allowed', 'kicked'])
  expect(shown(cy, idOf('Cy'))?.muted).toBe(true)
})

test('whoever has handed a room over is shown as a member, and decides no more', async () => {
  const { time, ada, bob } = await company()
  ada.say({ type: 'set', ownerHash: ownerHashOf(ROOM, 'another') })
  await time.advance(200)
  expect(shown(bob, idOf('Ada'))?.role).toBe('member')
  ada.say({ type: 'kick', member: idOf('Bob') })
  await time.advance(200)
  expect(lastError(ada)).toBe('not_allowed')
  expect(bob.socket.closedWith).toBeUndefined()
})

test('whoever was made an owner is one no longer when the room is handed over', async () => {
  const { time, ada, bob, cy } = await company()
  ada.say({ type: 'role', member: idOf('Bob'), role: 'owner' })
  await time.settle()
  ada.say({ type: 'set', ownerHash: ownerHashOf(ROOM, 'another') })
  await time.advance(200)
  expect(shown(cy, idOf('Bob'))?.role).toBe('member')
  bob.say({ type: 'set', ownerHash: ownerHashOf(ROOM) })
  await time.settle()
  expect(lastError(bob)).toBe('not_allowed')
})

test('nobody can be made to leave in whose name gateways write', async () => {
  const { time, one, ada } = await company()
  ada.say({ type: 'kick', member: 'AAAAAAAAAAAAAAAA' })
  await time.settle()
  expect(lastError(ada)).toBe('bad_frame')
  await one.bus.publish([rawRecord('set', ROOM, { as: 'operator', body: writeBody({ locked: true }) })])
  await time.settle()
  expect(ada.of('room').at(-1)?.locked).toBe(true)
})

test('whoever was kicked ends no room, though they were its owner', async () => {
  const { time, one, ada, bob } = await company()
  ada.say({ type: 'role', member: idOf('Bob'), role: 'owner' })
  await time.settle()
  bob.say({ type: 'kick', member: idOf('Ada') })
  await time.settle()
  const claim = { member: idOf('Ada'), as: 'owner', owner: ownerHashOf(ROOM) } as const
  await one.bus.publish([rawRecord('close', ROOM, claim)])
  await time.settle()
  expect(bob.socket.closedWith).toBeUndefined()
})

test('who is muted takes no other name', async () => {
  const { time, ada, bob, cy } = await company()
  ada.say({ type: 'mute', member: idOf('Bob'), on: true })
  await time.settle()
  bob.say({ type: 'rename', name: 'Something to say' })
  await time.advance(200)
  expect(lastError(bob)).toBe('muted')
  expect(shown(cy, idOf('Bob'))?.name).toBe('Bob')
})

test('an owner ends a room for all', async () => {
  const { time, other, ada, bob, cy } = await company()
  bob.say({ type: 'close' })
  await time.settle()
  expect(bob.errors()).toEqual(['not_allowed'])
  cy.say(send('gone'))
  await time.settle()
  ada.say({ type: 'close' })
  await time.advance(200)
  for (const one of [ada, bob, cy]) {
    expect(one.socket.closedWith?.code).toBe(CLOSE.roomEnded)
    expect(one.of('removed')).toMatchObject([{ reason: 'burned' }])
  }
  expect((await guest(other, ROOM, 'Dan')).errors()).toEqual(['room_ended'])
})
