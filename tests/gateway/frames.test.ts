import { CLIENT_SCHEMAS, SERVER_SCHEMAS } from '@whisperrooms/protocol/all-schemas'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { faultsOf } from '../support/frame-schemas.ts'
import { startGateway, type TestGateway } from '../support/gateway.ts'
import { joinFrame, newRoom, newSecret, ownerHashOf, sendFrame, tellsOf } from '../support/member.ts'
import { connect, type RawClient } from '../support/raw-client.ts'

/** What takes a log that loses, or a record of a later version: tests/gateway-model/frames.test.ts has them. */
const RARE: readonly string[] = ['gap', 'relay']

let gateway: TestGateway
beforeAll(async () => {
  gateway = await startGateway()
})
afterAll(() => gateway.stop())

/** A client whose frames in both directions are kept. */
async function openKept(room: string): Promise<RawClient & { readonly sent: object[] }> {
  const client = await connect(gateway.url, room)
  const sent: object[] = []
  return {
    ...client,
    sent,
    send(frame) {
      if (typeof frame === 'object' && !Buffer.isBuffer(frame)) sent.push(frame)
      client.send(frame)
    },
  }
}

test('every frame of a session is as docs/asyncapi.json has it, in both directions', async () => {
  const room = newRoom()
  const owner = newSecret()
  const session = newSecret()
  const ada = await openKept(room)
  ada.send(
    joinFrame({
      name: 'Ada',
      session,
      owner,
      create: { ttl: 60, history: 'live', ownerHash: ownerHashOf(room, owner) },
    }),
  )
  await ada.next('live')
  const bob = await openKept(room)
  bob.send(joinFrame({ name: 'Bob' }))
  await bob.next('live')
  await ada.next('presence', ({ joined }) => joined !== undefined)

  const message = sendFrame({ text: 'hello', ttl: 30 })
  ada.send(message)
  const { target } = await ada.next('ack')
  ada.send(message)
  await ada.next('ack', ({ duplicate }) => duplicate === true)
  bob.send({ type: 'typing', on: true })
  await ada.next('typing')
  bob.send(sendFrame({ text: 'hello yourself', replyTo: target }))
  await bob.next('ack')
  bob.send({ type: 'react', target, emoji: '👍', on: true })
  await ada.next('reaction')
  bob.send({ type: 'rename', name: 'Robert' })
  await ada.next('presence', ({ changed }) => changed !== undefined)
  bob.send({ type: 'load', before: target + 1 })
  await bob.next('loaded')
  bob.send({ type: 'burn', re: 'not mine' })
  await bob.next('error', ({ re }) => re === 'not mine')
  bob.send({ type: 'auth', token: 'not asked for', re: 'auth' })
  await bob.next('error', ({ code }) => code === 'not_supported')
  bob.send(sendFrame({ text: '' }))
  const { key } = await bob.next('error', (error) => error.key !== undefined)
  bob.send({ type: 'skip', key })
  bob.send('not JSON')
  await bob.next('error', ({ code }) => code === 'bad_frame')
  ada.send({ type: 'unsend', target })
  await bob.next('removed')
  ada.send({ type: 'set', ttl: 90, listed: true })
  await bob.next('room')
  ada.send({ type: 'ping' })
  const { cursor } = await ada.next('pong')
  ada.send({ type: 'burn' })
  await bob.next('removed')
  const member = bob.frames.find((frame) => frame.type === 'welcome')?.you.id
  ada.send({ type: 'invite', role: 'member', uses: 3 })
  const { invite } = await ada.next('invite')
  ada.send({ type: 'revoke', invite })
  ada.send({ type: 'role', member, role: 'reader' })
  await bob.next(
    'presence',
    tellsOf(({ role }) => role === 'reader'),
  )
  ada.send({ type: 'mute', member, on: true })
  await bob.next(
    'presence',
    tellsOf(({ muted }) => muted === true),
  )

  const ticket = ada.frames.find((frame) => frame.type === 'welcome')?.ticket
  ada.drop()
  const back = await openKept(room)
  back.send(joinFrame({ name: 'Ada', session, owner, cursor, ticket }))
  await back.next('live', ({ recovered }) => recovered)
  bob.send({ type: 'leave' })
  await back.next('presence', ({ left }) => left !== undefined)
  back.send({ type: 'kick', member })
  back.send({ type: 'close' })
  await back.closed

  const clients = [ada, bob, back]
  const sent = clients.flatMap((client) => client.sent)
  const received = clients.flatMap(({ frames }) => frames)
  expect(sent.flatMap((frame) => faultsOf('client', frame))).toEqual([])
  expect(received.flatMap((frame) => faultsOf('server', frame))).toEqual([])
  const typesOf = (frames: readonly object[]) =>
    [...new Set(frames.map((frame) => ('type' in frame ? String(frame.type) : '')))].sort()
  expect(typesOf(sent)).toEqual(Object.keys(CLIENT_SCHEMAS).sort())
  expect(typesOf(received)).toEqual(
    Object.keys(SERVER_SCHEMAS)
      .filter((type) => !RARE.includes(type))
      .sort(),
  )
  bob.close()
})
