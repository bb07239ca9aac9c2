import { afterAll, beforeAll, expect, test } from 'vitest'
import { startGateway, type TestGateway } from '../support/gateway.ts'
import { LONGEST_TURN_MS, longestTurn } from '../support/longest-turn.ts'
import { enter, type Member, newRoom, ping, say, untilBusTime } from '../support/member.ts'
import { joinedSocket, OPCODE, type RawSocket, readObject } from '../support/raw-socket.ts'

const MIB = 1024 * 1024

let gateway: TestGateway
beforeAll(async () => {
  gateway = await startGateway({ WR_ROOM_BYTES: String(256 * MIB) })
})
afterAll(() => gateway.stop())

/** More than the kernel takes in for a reader who does not read: some 14 MB, a second's worth where nobody else is busy. */
const BACKLOG = 4_000

/**
 * Speaks, eight messages under way, until the bus time is `until` and at least so many were sent.
 *
 * @returns how many, and when the last one ends.
 */
async function speakUntil(
  speaker: Member,
  until: number,
  text: string,
  atLeast = 0,
): Promise<{ sent: number; expires: number }> {
  let sent = 0
  let expires = 0
  async function one(): Promise<void> {
    while (expires - 1_000 < until || sent < atLeast) {
      sent++
      expires = Math.max(expires, (await say(speaker, text)).expires)
    }
  }
  await Promise.all(Array.from({ length: 8 }, one))
  return { sent, expires }
}

interface Account {
  /** Messages that came. */
  readonly came: number
  /** Messages that gaps spoke of; `null` when one of them did not know. */
  readonly missed: number | null
  readonly gaps: number
}

function account(socket: RawSocket, isCounted: (text: unknown) => boolean): Account {
  const frames = socket.received
    .filter(({ opcode }) => opcode === OPCODE.text)
    .map(({ payload }) => readObject(payload))
  const gaps = frames.filter(({ type }) => type === 'gap')
  return {
    came: frames.filter(({ type, text }) => type === 'message' && isCounted(text)).length,
    missed: gaps.some(({ missed }) => missed === null)
      ? null
      : gaps.reduce((sum, { missed }) => sum + Number(missed), 0),
    gaps: gaps.length,
  }
}

test('a reader too slow for a room is told exactly how much it missed, and then nothing that had vanished', async () => {
  const room = newRoom()
  const speaker = await enter(gateway.url, room, { create: { ttl: 1 } })
  const slow = await joinedSocket(gateway.url, room)
  slow.pause()
  const text = 'x'.repeat(3_500)
  const { now } = await ping(speaker)
  const { sent, expires } = await speakUntil(speaker, now + 1_500, text, BACKLOG)
  await untilBusTime(speaker, expires)
  const last = await say(speaker, 'the end')
  slow.resume()
  while ((await slow.next('message'))['text'] !== 'the end');

  const { came, missed, gaps } = account(slow, (heard) => heard === text)
  expect(gaps).toBeGreaterThan(0)
  expect(came + (missed ?? Number.NaN)).toBe(sent)
  const types = slow.received.map(({ payload }) => readObject(payload))
  const behindGap = types.slice(types.findIndex(({ type }) => type === 'gap') + 1)
  const vanished = behindGap.filter(
    ({ type, expires }) => type === 'message' && Number(expires) <= last.expires - 1_000,
  )
  expect(vanished).toEqual([])
  slow.destroy()
})

test('a reader who stops again and again while others speak misses nothing without being told', async () => {
  const room = newRoom()
  const speaker = await enter(gateway.url, room, { create: { ttl: 1 } })
  const slow = await joinedSocket(gateway.url, room)
  const text = 'x'.repeat(3_500)
  let sent = 0
  for (let turn = 0; turn < 2; turn++) {
    slow.pause()
    const { now } = await ping(speaker)
    sent += (await speakUntil(speaker, now + 1_400, text, BACKLOG)).sent
    slow.resume()
    sent += (await speakUntil(speaker, now + 1_500, text)).sent
  }
  await say(speaker, 'the end')
  while ((await slow.next('message'))['text'] !== 'the end');
  const { came, missed, gaps } = account(slow, (heard) => heard === text)
  expect(gaps).toBeGreaterThan(0)
  expect(came + (missed ?? Number.NaN)).toBe(sent)
  slow.destroy()
})

test('a reader who does not read delays nobody else', async () => {
  const room = newRoom()
  const speaker = await enter(gateway.url, room, { create: { ttl: 1 } })
  const listener = await enter(gateway.url, room)
  const slow = await joinedSocket(gateway.url, room)
  slow.pause()
  const { now } = await ping(speaker)
  const speaking = speakUntil(speaker, now + 1_000, 'x'.repeat(3_500))
  const longest = await longestTurn(gateway, listener, speaking)
  const { sent } = await speaking
  await say(speaker, 'the end')
  await listener.client.next('message', ({ text }) => text === 'the end')
  expect(listener.client.frames.filter(({ type }) => type === 'message')).toHaveLength(sent + 1)
  expect(listener.client.frames.some(({ type }) => type === 'gap')).toBe(false)
  expect(longest).toBeLessThan(LONGEST_TURN_MS)
  slow.destroy()
})
