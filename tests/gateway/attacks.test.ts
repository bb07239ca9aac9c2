import { CLOSE, comesBack, LIMITS } from '@whisperrooms/protocol'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { CANARY, expectNoEcho } from '../support/canary.ts'
import { startGateway, type TestGateway } from '../support/gateway.ts'
import { within } from '../support/inbox.ts'
import { LONGEST_TURN_MS, longestTurn } from '../support/longest-turn.ts'
import { enter, hear, joinFrame, type Member, newRoom, say, sendFrame } from '../support/member.ts'
import { frameBytes, joinedSocket, OPCODE, openRawSocket, type RawSocket, readObject } from '../support/raw-socket.ts'

let gateway: TestGateway
let bystanders: readonly [Member, Member]
beforeAll(async () => {
  gateway = await startGateway()
  const room = newRoom()
  bystanders = [await enter(gateway.url, room), await enter(gateway.url, room)]
})
afterAll(() => gateway.stop())

const joined = (room = newRoom()): Promise<RawSocket> => joinedSocket(gateway.url, room)

/** The gateway goes on for everybody else. */
async function expectOthersUnharmed(): Promise<void> {
  const [one, other] = bystanders
  const { key } = await say(one, 'all well')
  await other.client.next('message', (frame) => frame.key === key)
}

const text = (payload: string | Buffer, fin = true): Buffer => frameBytes(OPCODE.text, payload, { fin })
const rest = (payload: string | Buffer, fin = true): Buffer => frameBytes(OPCODE.continuation, payload, { fin })

describe('a frame above 64 KiB closes the connection with 1009, and nobody else notices', () => {
  test.each([
    ['70 KiB at once', [text(JSON.stringify(sendFrame({ text: CANARY.padEnd(70 * 1024, 'x') })))]],
    ['one byte above the limit', [text('x'.repeat(LIMITS.frameBytes + 1))]],
    ['70 KiB in fragments', [text(CANARY.padEnd(35 * 1024, 'x'), false), rest('x'.repeat(35 * 1024))]],
    ['70 KiB of binary', [frameBytes(OPCODE.binary, Buffer.alloc(70 * 1024))]],
  ])('%s', async (_, frames) => {
    const socket = await joined()
    socket.write(Buffer.concat(frames))
    expect(await socket.closeCode()).toBe(CLOSE.tooBig)
    socket.destroy()
    await expectOthersUnharmed()
    expect(gateway.output()).not.toContain(CANARY)
  })

  test('a client comes back from it', async () => {
    const { client, session, welcome } = await enter(gateway.url, newRoom())
    client.send(sendFrame({ text: CANARY.padEnd(70 * 1024, 'x') }))
    expect((await client.closed).code).toBe(1009)
    expect((await client.closed).reason).not.toContain(CANARY)
    expect(comesBack(1009)).toBe(true)
    const again = await enter(gateway.url, welcome.room.id, { session, ticket: welcome.ticket, cursor: welcome.cursor })
    expect(again.live).toMatchObject({ recovered: true, missed: 0 })
    expectNoEcho(gateway, client)
  })
})

describe('what is no WebSocket frame closes the connection, and nobody else notices', () => {
  test.each([
    ['an unmasked frame', frameBytes(OPCODE.text, '{"type":"ping"}', { masked: false }), 1002],
    ['a reserved opcode', frameBytes(3, CANARY), 1002],
    ['a reserved control opcode', frameBytes(11, CANARY), 1002],
    ['a reserved bit, as a compressed frame has', frameBytes(OPCODE.text, CANARY, { reserved: 4 }), 1002],
    ['a continuation of nothing', rest(CANARY), 1002],
    ['a new frame inside a fragmented one', Buffer.concat([text(CANARY, false), text(CANARY)]), 1002],
    ['a ping of more than 125 bytes', frameBytes(OPCODE.ping, 'p'.repeat(126)), 1002],
    ['a fragmented ping', frameBytes(OPCODE.ping, CANARY, { fin: false }), 1002],
    ['a close frame of one byte', frameBytes(OPCODE.close, 'x'), 1002],
    ['a close code that may not be sent', frameBytes(OPCODE.close, Buffer.from([0x03, 0xed])), 1002],
    ['a length of 2⁶³', Buffer.from([0x81, 0xff, 0x80, 0, 0, 0, 0, 0, 0, 0, 1, 2, 3, 4]), 1009],
  ])('%s', async (_, bytes, code) => {
    const socket = await joined()
    socket.write(bytes)
    expect(await socket.closeCode()).toBe(code)
    socket.destroy()
    await expectOthersUnharmed()
    expect(gateway.output()).not.toContain(CANARY)
  })
})

describe('what is unusual but right is understood', () => {
  test('a message in fragments, with a ping between them, arrives', async () => {
    const room = newRoom()
    const listener = await enter(gateway.url, room)
    const socket = await joined(room)
    const message = Buffer.from(JSON.stringify(sendFrame({ text: 'in pieces — schön' })))
    const cut = message.indexOf(Buffer.from('ö')) + 1
    socket.write(text(message.subarray(0, cut), false))
    socket.write(frameBytes(OPCODE.ping, 'are you there?'))
    socket.write(rest('', false))
    socket.write(rest(message.subarray(cut)))
    await socket.next('ack')
    await hear(listener, 'in pieces — schön')
    const pong = socket.received.find(({ opcode }) => opcode === OPCODE.pong)
    expect(pong?.payload.toString()).toBe('are you there?')
    socket.destroy()
  })

  test('a message one byte at a time arrives', async () => {
    const socket = await joined()
    for (const byte of text(JSON.stringify(sendFrame({ text: 'slowly' })))) socket.write(Buffer.from([byte]))
    expect(await socket.next('message')).toMatchObject({ text: 'slowly' })
    socket.destroy()
  })

  test('the handshake, the join and the first message in one packet are answered in order', async () => {
    const socket = await openRawSocket(gateway.url, newRoom())
    socket.write(
      Buffer.concat([joinFrame({ create: {} }), { type: 'ping' }].map((frame) => text(JSON.stringify(frame)))),
    )
    await socket.next('pong')
    expect(socket.received.map(({ payload }) => readObject(payload)['type'])).toEqual(['welcome', 'live', 'pong'])
    socket.destroy()
  })
})

describe('nothing is said on a connection behind its close frame', () => {
  const opcodesOf = (socket: RawSocket): number[] => socket.received.map(({ opcode }) => opcode)

  test('a refused join with more behind it gets one error and the close', async () => {
    const socket = await openRawSocket(gateway.url, newRoom())
    const frames = [joinFrame(), sendFrame(), { type: 'ping' }, joinFrame({ create: {} })]
    socket.write(Buffer.concat(frames.map((frame) => text(JSON.stringify(frame)))))
    await socket.closeCode()
    socket.write(Buffer.concat([text('{"type":"ping"}'), frameBytes(OPCODE.close, Buffer.from([0x03, 0xe8]))]))
    await within(socket.ended, 'the end of the connection')
    expect(opcodesOf(socket).slice(opcodesOf(socket).indexOf(OPCODE.close))).toEqual([OPCODE.close])
  })

  test('a member whose frame was too big hears nothing more on that connection', async () => {
    const room = newRoom()
    const speaker = await enter(gateway.url, room)
    const socket = await joined(room)
    socket.write(text('x'.repeat(LIMITS.frameBytes + 1)))
    expect(await socket.closeCode()).toBe(CLOSE.tooBig)
    await say(speaker, 'after the close')
    await within(socket.ended, 'the end of the connection')
    expect(opcodesOf(socket).at(-1)).toBe(OPCODE.close)
  })
})

describe('a hostile client costs nobody else their time', () => {
  test('names that are expensive to compose do not stop the gateway', async () => {
    const socket = await joined()
    // Two marks that Unicode's canonical order swaps: composing n of them takes n² steps.
    const name = `a${'\u0301\u0323'.repeat(14_000)}`
    const frames = Array.from({ length: 8 }, (_, i) => text(JSON.stringify({ type: 'rename', name, re: `n${i}` })))
    socket.write(Buffer.concat(frames))
    const refused = Promise.all(frames.map(() => socket.next('error')))
    expect(await longestTurn(gateway, bystanders[0], refused)).toBeLessThan(LONGEST_TURN_MS)
    socket.destroy()
  })

  test('hundreds of pings at once end their connection instead of being answered', async () => {
    const socket = await joined()
    socket.write(Buffer.concat(Array.from({ length: 500 }, () => frameBytes(OPCODE.ping, 'p'.repeat(125)))))
    await within(socket.ended, 'the end of the connection')
    expect(socket.received.filter(({ opcode }) => opcode === OPCODE.pong).length).toBeLessThan(500)
    await expectOthersUnharmed()
  })

  test('a flood of broken frames is answered, every one, and others are not delayed', async () => {
    const socket = await joined()
    const flood = Array.from({ length: 3_000 }, () => text(`{"${CANARY}`))
    socket.write(Buffer.concat([...flood, text('{"type":"ping"}')]))
    expect(await longestTurn(gateway, bystanders[0], socket.next('pong'))).toBeLessThan(LONGEST_TURN_MS)
    const answers = socket.received.map(({ payload }) => readObject(payload))
    expect(answers.filter(({ code }) => code === 'bad_frame')).toHaveLength(3_000)
    expect(gateway.output()).not.toContain(CANARY)
    socket.destroy()
  })
})
