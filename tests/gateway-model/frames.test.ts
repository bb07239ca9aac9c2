import type { Key, Offset, RoomId, RoomRecord } from '@whisperrooms/protocol'
import { expect, test } from 'vitest'
import { guest, send } from '../../packages/server/src/testing/guest.ts'
import { testGateway } from '../../packages/server/src/testing/test-gateway.ts'
import { faultsOf } from '../support/frame-schemas.ts'

test('what a reader who fell behind is told is as docs/asyncapi.json has it', async () => {
  const gateway = await testGateway()
  const ada = await guest(gateway, 'tea', 'Ada', { create: { ttl: 1 } })
  const bob = await guest(gateway, 'tea', 'Bob')
  bob.socket.stall()
  for (let second = 0; second < 4; second++) {
    for (let i = 0; i < 40; i++) ada.say(send('x'.repeat(3_000)))
    await gateway.time.advance(1_000)
  }
  bob.socket.drain()
  await gateway.time.settle()
  expect(bob.of('gap').length).toBeGreaterThan(0)
  expect(bob.frames.flatMap((frame) => faultsOf('server', frame))).toEqual([])
})

test('what is passed on of a later version’s records is as docs/asyncapi.json has it', async () => {
  const gateway = await testGateway()
  const ada = await guest(gateway, 'tea', 'Ada')
  const record = (key: string, ttl: number): RoomRecord => ({
    v: 1,
    kind: 'of-a-later-version',
    room: gateway.bus.keyOf('tea' as RoomId),
    member: ada.welcome().you.id,
    as: 'member',
    joined: 0 as Offset,
    key: key as Key,
    ttl,
    notAfter: ada.welcome().now + 10_000,
    body: Buffer.from([0, 255]),
  })
  await gateway.bus.publish([record('key-of-kept', 60), record('key-of-signal', 0)])
  await gateway.time.settle()
  expect(ada.of('relay')).toHaveLength(2)
  expect(ada.frames.flatMap((frame) => faultsOf('server', frame))).toEqual([])
})
