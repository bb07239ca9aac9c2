import { afterEach, beforeEach, expect, test } from 'vitest'
import { startGateway, type TestGateway } from '../support/gateway.ts'
import { within } from '../support/inbox.ts'
import { enter, newRoom, ping, say, sendFrame } from '../support/member.ts'
import { frameBytes, joinedSocket, OPCODE } from '../support/raw-socket.ts'

const MIB = 1024 * 1024

// The most that was ever held is measured, so each test has a gateway of its own. How much of it is garbage is up to the garbage
// collector: the limits are a third of what was held before these readers were stopped, 126 and 370 MiB.
let gateway: TestGateway
beforeEach(async () => {
  gateway = await startGateway()
})
afterEach(() => gateway.kill())

const peakMemory = async (): Promise<number> => (await gateway.usage()).peakMemory

test('a member who asks for page after page and reads none of them costs little memory', async () => {
  const room = newRoom()
  const speaker = await enter(gateway.url, room)
  for (let i = 0; i < 20; i++) await say(speaker, 'x'.repeat(3_500))
  const { cursor } = await ping(speaker)
  const greedy = await joinedSocket(gateway.url, room)
  greedy.pause()
  const before = await peakMemory()
  const load = frameBytes(OPCODE.text, JSON.stringify({ type: 'load', before: cursor.offset + 1 }))
  greedy.write(Buffer.concat(Array.from({ length: 6_000 }, () => load)))
  for (let i = 0; i < 50; i++) await ping(speaker)
  expect((await peakMemory()) - before).toBeLessThan((126 / 3) * MIB)
  greedy.destroy()
})

test('a member who speaks and never reads is stopped before their acknowledgements fill the memory', async () => {
  const room = newRoom()
  const mute = await joinedSocket(gateway.url, room)
  const witness = await enter(gateway.url, newRoom())
  mute.pause()
  const before = await peakMemory()
  let stopped = false
  for (let mebibytes = 0; mebibytes < 20 && !stopped; mebibytes++) {
    const said: Buffer[] = []
    for (let bytes = 0; bytes < MIB; bytes += said.at(-1)?.length ?? 0)
      said.push(frameBytes(OPCODE.text, JSON.stringify(sendFrame({ text: 'x', ttl: 1 }))))
    stopped = await within(mute.flush(Buffer.concat(said)), 'taking it in', 2_000).then(
      () => false,
      () => true,
    )
  }
  await say(witness, 'others go on')
  expect((await peakMemory()) - before).toBeLessThan((370 / 3) * MIB)
  expect(stopped).toBe(true)
  mute.destroy()
})
