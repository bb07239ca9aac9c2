import { comesBack } from '@whisperrooms/protocol'
import { expect, test } from 'vitest'
import { startGateway } from '../support/gateway.ts'
import { enter, newRoom, say } from '../support/member.ts'
import { connect } from '../support/raw-client.ts'
import { openRawSocket } from '../support/raw-socket.ts'

test('a gateway asked to end sends everybody away with 1012, whether they had joined or not, and ends with 0', async () => {
  const gateway = await startGateway()
  const member = await enter(gateway.url, newRoom())
  await say(member, 'before the deploy')
  const undecided = await connect(gateway.url, newRoom())
  const ended = gateway.stop()
  expect(await member.client.closed).toEqual({ code: 1012, reason: 'restarting' })
  expect((await undecided.closed).code).toBe(1012)
  expect(comesBack(1012)).toBe(true)
  expect(await ended).toBe(0)
  await expect(connect(gateway.url, newRoom())).rejects.toThrow()
})

test('a client that does not answer the close cannot keep a gateway from ending', async () => {
  const gateway = await startGateway()
  const stubborn = await openRawSocket(gateway.url, newRoom())
  stubborn.pause()
  expect(await gateway.stop()).toBe(0)
  stubborn.destroy()
})

test('a second gateway is unharmed when the first is killed', async () => {
  const [first, second] = await Promise.all([startGateway(), startGateway()])
  const lost = await enter(first.url, newRoom())
  const kept = await enter(second.url, newRoom())
  await first.kill()
  expect((await lost.client.closed).code).toBe(1006)
  await say(kept, 'still here')
  await second.stop()
})
