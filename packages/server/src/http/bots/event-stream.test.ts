import { EventEmitter } from 'node:events'
import type { RoomId } from '@whisperrooms/protocol'
import { expect, test } from 'vitest'
import { testGateway } from '../../testing/test-gateway.ts'
import { admitBot } from './admit-bot.ts'
import { type EventSocket, EventStream } from './event-stream.ts'

const ROOM = 'lunch' as RoomId
const BOT = { name: 'Ears', tokenHash: Buffer.alloc(32), rooms: ['*'], rights: ['read'] } as const

/** The gateway's end of a connection whose reader is the test: it reads all at once, until `stall`. */
class ReaderSocket extends EventEmitter implements EventSocket {
  text = ''
  writableLength = 0
  writableCorked = 0
  destroyed = false
  readonly bytesRead = 0
  peak = 0
  isStalled = false
  /** It does not close its side, whatever the gateway does. */
  isStubborn = false
  #pending: { bytes: Uint8Array; written: (() => void) | undefined }[] = []

  write(bytes: Uint8Array, written?: () => void): void {
    this.#pending.push({ bytes, written })
    this.writableLength += bytes.length
    this.peak = Math.max(this.peak, this.writableLength)
    if (!this.isStalled && this.writableCorked === 0) this.read()
  }

  cork(): void {
    this.writableCorked++
  }

  uncork(): void {
    this.writableCorked--
    if (this.writableCorked === 0 && !this.isStalled) this.read()
  }

  /** Everything that waits is read. */
  read(): void {
    const pending = this.#pending
    this.#pending = []
    this.writableLength = 0
    for (const { bytes } of pending) this.text += Buffer.from(bytes).toString()
    for (const { written } of pending) written?.()
  }

  end(): void {
    if (!this.isStubborn) this.destroy()
  }

  destroy(): void {
    this.destroyed = true
    this.emit('close')
  }
}

async function listening() {
  const gateway = await testGateway()
  const { time } = gateway
  const ada = gateway.connect(ROOM)
  ada.say({ type: 'join', protocol: 1, name: 'Ada', session: 'a'.repeat(22), create: { ttl: 10 } })
  await time.settle()
  const admission = await admitBot(gateway.gateway, { bot: BOT, room: ROOM }, undefined, undefined)
  if (!admission.ok) throw new Error(admission.code)
  const socket = new ReaderSocket()
  const stream = new EventStream({ gateway: gateway.gateway, socket, ...admission })
  await time.settle()
  let count = 0
  async function say(text: string): Promise<void> {
    ada.say({ type: 'send', key: `key-no-${count++}`, text })
    await time.settle()
  }
  return { ...gateway, socket, stream, say, ada }
}

test('a quiet stream says every 15 s that it is there, and its id does not grow old', async () => {
  const { socket, time } = await listening()
  socket.text = ''
  await time.advance(65_000)
  expect(socket.text.match(/^: here$/gm)).toHaveLength(4)
  expect(socket.text).toMatch(/^id: \S+\.\d+\.\S+$/m)
  expect(socket.text).not.toContain('event:')
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

test('P8 a reader that has not read for 40 s is cut off', async () => {
  const { socket, time, say, gateway } = await listening()
  socket.isStalled = true
  await say('unread')
  await time.advance(39_000)
  expect(socket.destroyed).toBe(false)
  await time.advance(8_000)
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
