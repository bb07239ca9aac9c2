import type { RoomId } from '@whisperrooms/protocol'
import { expect, test } from 'vitest'
import { guest, send } from '../testing/guest.ts'
import { rawRecord } from '../testing/raw-record.ts'
import { gateways } from '../testing/several-gateways.ts'
import type { TestGateway } from '../testing/test-gateway.ts'

const TEA = 'tea' as RoomId
type Act = (gateway: TestGateway) => Promise<unknown>

/** What an action at a gateway comes to; time goes on meanwhile. */
async function act(gateway: TestGateway, action: Act): Promise<unknown> {
  let answer: unknown = 'no answer'
  void action(gateway).then((came) => {
    answer = came
  })
  for (let i = 0; i < 10 && answer === 'no answer'; i++) await gateway.time.advance(1_000)
  return answer
}

const burn: Act = ({ operator }) => operator.burn(TEA)
const close: Act = ({ operator }) => operator.close(TEA)
const lock: Act = ({ operator }) => operator.lock(TEA, true)
const unlock: Act = ({ operator }) => operator.lock(TEA, false)

test('a room that the operator closes at one gateway is over at the other: its messages, and for all who were in it', async () => {
  const { time, one, other } = await gateways()
  const ada = await guest(one, 'tea', 'Ada')
  const bob = await guest(other, 'tea', 'Bob')
  ada.say(send('gone with the room'))
  await time.settle()
  expect(await act(one, close)).toBeUndefined()
  for (const { of, errors, socket } of [ada, bob]) {
    const [message] = of('message')
    expect(of('removed').at(-1)?.upTo).toBeGreaterThan(message?.offset ?? Number.POSITIVE_INFINITY)
    expect(errors()).toEqual(['room_ended'])
    expect(socket.closedWith).toMatchObject({ code: 4504 })
  }
})

test('a closed room cannot be made within the longest time to live, at any gateway, and then it is a new one', async () => {
  const { time, open, one, other } = await gateways()
  const ada = await guest(one, 'tea', 'Ada')
  ada.say(send('before the close'))
  await act(one, close)
  // One that takes the shard up later knows it from the log alone.
  for (const gateway of [one, other, await open()])
    expect((await guest(gateway, 'tea', 'Bob')).errors()).toEqual(['room_ended'])
  await time.advance(5_000)
  const cy = await guest(other, 'tea', 'Cy')
  expect([cy.welcome().room.id, cy.texts()]).toEqual(['tea', []])
})

test('a room that was made again after a close is there for whoever takes the shard up then', async () => {
  const { time, open, one } = await gateways()
  await guest(one, 'tea', 'Ada', { create: { ttl: 2 } })
  await act(one, close)
  await time.advance(6_000)
  await guest(one, 'tea', 'Bob', { create: { ttl: 3 } })
  await time.advance(1_000)
  const cy = await guest(await open(), 'tea', 'Cy', { create: undefined })
  expect(cy.welcome().room.ttl).toBe(3)
})

test('a room is hosted for the operator where nobody is in it', async () => {
  const { time, one, other } = await gateways()
  const ada = await guest(one, 'tea', 'Ada', { create: { ttl: 5 } })
  ada.say(send('burn me'))
  await time.settle()
  expect([...other.hosting.shards()]).toEqual([])
  expect(await act(other, burn)).toBeUndefined()
  expect(ada.of('removed')).toMatchObject([{ reason: 'burned' }])
})

test('the operator locks and unlocks a room that has no owner', async () => {
  const { one, other } = await gateways()
  const ada = await guest(one, 'tea', 'Ada')
  expect(await act(other, lock)).toBeUndefined()
  expect((await guest(one, 'tea', 'Bob')).errors()).toEqual(['room_locked'])
  expect(await act(other, unlock)).toBeUndefined()
  expect((await guest(one, 'tea', 'Bob')).errors()).toEqual([])
  expect(ada.of('room').map(({ locked }) => locked)).toEqual([true, false])
})

test('of a room that there is not the operator is told so, and of one that was closed too', async () => {
  const { one } = await gateways()
  for (const action of [close, burn, lock]) expect(await act(one, action)).toBe('no_such_room')
  await guest(one, 'tea', 'Ada')
  await act(one, close)
  for (const action of [close, burn, lock]) expect(await act(one, action)).toBe('room_ended')
})

test('nobody but the operator closes a room', async () => {
  const { time, one } = await gateways()
  const ada = await guest(one, 'tea', 'Ada')
  for (const as of ['owner', 'member', 'reader'] as const) await one.bus.publish([rawRecord('close', 'tea', { as })])
  ada.say(send('still here'))
  await time.settle()
  expect(ada.texts()).toEqual(['still here'])
})

test('while a gateway is read-only nothing new is said there, and everything else goes on', async () => {
  const { time, one, other } = await gateways()
  const ada = await guest(one, 'tea', 'Ada')
  const bob = await guest(other, 'tea', 'Bob')
  ada.say(send('mine'))
  await time.settle()
  one.readOnly.isOn = true
  ada.say(send('refused'))
  bob.say(send('from the other gateway'))
  await time.settle()
  expect(ada.errors()).toEqual(['not_allowed'])
  expect(ada.texts()).toEqual(['mine', 'from the other gateway'])
  const [mine] = ada.of('message')
  ada.say({ type: 'unsend', target: mine?.offset })
  await time.settle()
  expect(bob.of('removed')).toMatchObject([{ targets: [mine?.offset] }])
  one.readOnly.isOn = false
  ada.say(send('again'))
  await time.settle()
  expect(bob.texts().at(-1)).toBe('again')
})
