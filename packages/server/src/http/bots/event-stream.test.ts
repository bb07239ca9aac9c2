import type { RoomId } from '@whisperrooms/protocol'
import { expect, test } from 'vitest'
import { idsIn, ReaderSocket } from '../../testing/reader-socket.ts'
import { testGateway } from '../../testing/test-gateway.ts'
import { admitBot } from './admit-bot.ts'
import { EventStream } from './event-stream.ts'

const ROOM = 'lunch' as RoomId
const BOT = { name: 'Ears', tokenHash: Buffer.alloc(32), rooms: ['*'], rights: ['read'] } as const

async function listening() {
  const gateway = await testGateway()
  const { time } = gateway
  const ada = gateway.connect(ROOM)
  ada.say({ type: 'join', protocol: 1, name: 'Ada', session: 'a'.repeat(22), create: { ttl: 10 } })
  await time.settle()
  async function begin(lastEventId?: string) {
    const admission = await admitBot(gateway.gateway, { bot: BOT, room: ROOM }, lastEventId, undefined)
    if (!admission.ok) throw new Error(admission.code)
    const socket = new ReaderSocket()
    const stream = new EventStream({ gateway: gateway.gateway, socket, ...admission })
    await time.settle()
    return { socket, stream }
  }
  let count = 0
  async function say(text: string): Promise<void> {
    ada.say({ type: 'send', key: `key-no-${count++}`, text })
    await time.settle()
  }
  const { socket, stream } = await begin()
  /** One more reader. */
  const open = async (lastEventId?: string) => (await begin(lastEventId)).socket
  return { ...gateway, socket, stream, open, say, ada, clock: time.clock }
}

test('a quiet stream says every 15 s that it is there, and where its reader stands when nothing that has an id moved it', async () => {
  const { socket, time, ada } = await listening()
  const before = idsIn(socket).at(-1)
  socket.text = ''
  ada.say({ type: 'typing', on: true })
  await time.advance(29_000)
  expect(socket.text.match(/^: here$/gm)).toHaveLength(1)
  expect(socket.text).not.toContain('event:')
  expect(idsIn(socket)).toHaveLength(1)
  expect(idsIn(socket)).not.toContain(before)
})

test('an id that is shown after a quiet stream is newer than the one it began with', async () => {
  const { socket, time, open } = await listening()
  const before = idsIn(socket).at(-1)
  await time.advance(40_000)
  const again = await open(idsIn(socket).at(-1))
  expect(again.text).toContain('"recovered":true')
  expect(idsIn(again).at(-1)).not.toBe(before)
})

test('a stream lasts for half a minute and a bit, and asks its reader back at once', async () => {
  const { socket, time, clock } = await listening()
  const since = clock()
  while (!socket.destroyed && clock() - since < 60_000) await time.advance(100)
  expect(clock() - since).toBeGreaterThanOrEqual(30_000)
  expect(clock() - since).toBeLessThan(40_000)
  expect(socket.text.match(/^retry: \d+$/gm)?.at(-1)).toBe('retry: 100')
  expect(socket.text).toMatch(/\n\n$/)
})

test('streams that begin together do not end together', async () => {
  const { open, time } = await listening()
  const sockets = await Promise.all(Array.from({ length: 20 }, () => open()))
  await time.advance(30_000)
  const left: number[] = []
  for (let second = 0; second < 10; second++) {
    left.push(sockets.filter(({ destroyed }) => !destroyed).length)
    await time.advance(1_000)
  }
  expect(new Set(left).size).toBeGreaterThan(4)
})

test('P4 a reader that comes back whenever its stream ends hears all that is said, in order and once, and never left', async () => {
  const { open, say, time, ada, gateway } = await listening()
  const heard: string[] = []
  let lastEventId: string | undefined
  for (let life = 0, said = 0; life < 5; life++) {
    const socket = await open(lastEventId)
    if (life > 0) expect(socket.text).toMatch(/"recovered":true,"missed":0/)
    for (; !socket.destroyed; said++) {
      await say(`message ${said}`)
      await time.advance(700)
    }
    heard.push(...[...socket.text.matchAll(/"text":"(message \d+)"/g)].map(([, text]) => String(text)))
    lastEventId = idsIn(socket).at(-1)
    await say(`message ${said++}`)
    await time.advance(100)
  }
  const newest = heard.length
  expect(newest).toBeGreaterThan(5 * 30)
  expect(heard).toEqual(Array.from({ length: newest }, (_, i) => `message ${i}`))
  expect(ada.socket.received.filter((frame) => frame.type === 'presence' && frame.left !== undefined)).toEqual([])
  expect(gateway.presence.of(gateway.keyOf(ROOM)).count).toBe(2)
})

test('P8 a reader that does not read is handed no more than a write, and told of the gap when it does', async () => {
  const { socket, time, say } = await listening()
  await say('heard')
  socket.isStalled = true
  for (let i = 0; i < 200; i++) await say(`lost ${i} `.padEnd(3_000, 'x'))
  expect(socket.peak).toBeLessThan(140 * 1024)
  await time.advance(11_000)
  await say('after all')
  socket.isStalled = false
  socket.text = ''
  socket.read()
  await time.settle()
  const missed = [...socket.text.matchAll(/^event: gap\ndata: .*"missed":(\d+)/gm)].map(([, count]) => Number(count))
  const came = socket.text.match(/"text":"lost/g)?.length ?? 0
  expect(missed.reduce((sum, count) => sum + count, 0) + came).toBe(200)
  expect(missed[0]).toBeGreaterThan(100)
  expect(socket.text).toMatch(/"text":"after all"/)
})

test.each([
  ['of which nothing is read', true],
  ['that vanished, into whose connection everything can still be written', false],
])('P8 a reader %s is gone within 45 s', async (_, isStalled) => {
  const { socket, time, say, gateway } = await listening()
  socket.isStalled = isStalled
  socket.isStubborn = true
  await say('unread')
  await time.advance(29_000)
  expect(socket.destroyed).toBe(false)
  await time.advance(16_000)
  expect(socket.destroyed).toBe(true)
  await time.advance(11_000)
  expect(gateway.presence.of(gateway.keyOf(ROOM)).count).toBe(1)
})

test('ids are of the room’s epoch, and grow', async () => {
  const { socket, say, hosting, gateway } = await listening()
  const before = /^id: ([^.]+)\./m.exec(socket.text)?.[1]
  const room = hosting.find(gateway.keyOf(ROOM))
  if (room === undefined) throw new Error('there is no room')
  expect(room.epoch).toBe(before)
  await say('heard')
  const ids = [...socket.text.matchAll(/^id: ([^.]+)\.(\d+)\./gm)].map(([, , offset]) => Number(offset))
  expect(ids).toEqual([...ids].sort((one, other) => one - other))
})

test('P8 a stream that ends does not wait for a reader that never closes', async () => {
  const { socket, stream, time } = await listening()
  socket.isStubborn = true
  stream.close()
  await time.advance(4_000)
  expect(socket.destroyed).toBe(false)
  await time.advance(2_000)
  expect(socket.destroyed).toBe(true)
})
