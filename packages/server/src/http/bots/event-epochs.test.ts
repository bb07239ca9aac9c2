import type { RoomId } from '@whisperrooms/protocol'
import { expect, test } from 'vitest'
import { type Guest, guest, send } from '../../testing/guest.ts'
import { idsIn, ReaderSocket } from '../../testing/reader-socket.ts'
import { gateways } from '../../testing/several-gateways.ts'
import type { TestGateway } from '../../testing/test-gateway.ts'
import { admitBot } from './admit-bot.ts'
import { EventStream } from './event-stream.ts'

const ROOM = 'lunch' as RoomId
const BOT = { name: 'Ears', tokenHash: Buffer.alloc(32), rooms: ['*'], rights: ['read'] } as const

/** Opens a stream, as a consumer does that shows this id. */
async function listen(gateway: TestGateway, lastEventId?: string): Promise<ReaderSocket> {
  const admission = await admitBot(gateway.gateway, { bot: BOT, room: ROOM }, lastEventId, undefined)
  if (!admission.ok) throw new Error(admission.code)
  const socket = new ReaderSocket()
  new EventStream({ gateway: gateway.gateway, socket, ...admission })
  await gateway.time.settle()
  return socket
}

const epochOf = ({ frames }: Guest): string => {
  const [told] = frames.filter(({ type }) => type === 'gap')
  return told?.type === 'gap' ? told.cursor.epoch : ''
}
const eventsIn = ({ text }: ReaderSocket): string[] =>
  [...text.matchAll(/^event: (\w+)$/gm)].map(([, name]) => String(name))

/** A reader who has heard something before the log began anew, beside a member. */
async function before() {
  const { time, log, one } = await gateways()
  const ada = await guest(one, ROOM, 'Ada')
  const reader = await listen(one)
  ada.say(send('before'))
  await time.settle()
  const lastId = idsIn(reader).at(-1)
  reader.text = ''
  return { time, log, one, ada, reader, lastId }
}

test('when the log begins anew a reader is told of a gap whose size nobody knows, then ids are of the new epoch', async () => {
  const { time, log, one, ada, reader, lastId } = await before()
  log.beginAnew()
  await time.advance(2_000)
  ada.say(send('after'))
  await time.settle()
  expect(eventsIn(reader)).toEqual(['gap', 'message'])
  expect(reader.text).toContain('"missed":null')
  expect(reader.text).toContain('"text":"after"')
  const epoch = epochOf(ada)
  expect(epoch).not.toBe(lastId?.split('.')[0])
  const ids = idsIn(reader)
  expect(ids.map((id) => id.split('.')[0])).toEqual(ids.map(() => epoch))
  expect(reader.text).toMatch(/^event: gap\ndata: .*\n\nid: \S+\n\n/m)

  // The id is good for coming back to the new epoch: nothing is shown again.
  const back = await listen(one, ids.at(-1))
  expect(eventsIn(back)).toEqual(['live'])
  expect(back.text).toContain('"recovered":true')
})

test('the id of a reader who comes back in a new epoch counts as none, and the reader hears what is alive', async () => {
  const { time, log, one, ada, lastId } = await before()
  log.beginAnew()
  await time.advance(2_000)
  ada.say(send('after'))
  await time.settle()
  const back = await listen(one, lastId)
  expect(eventsIn(back)).toEqual(['message', 'live'])
  expect(back.text).toContain('"recovered":false')
  expect(idsIn(back).every((id) => id.startsWith(`${epochOf(ada)}.`))).toBe(true)
})

test('a reader that lags when the log begins anew is told of the gap before any place of the new epoch', async () => {
  const { time, log, ada, reader } = await before()
  reader.isStalled = true
  // More than is handed to a socket at a time.
  for (let i = 0; i < 60; i++) ada.say(send('x'.repeat(3_000)))
  await time.settle()
  log.beginAnew()
  await time.advance(20_000)
  const epoch = epochOf(ada)
  reader.isStalled = false
  reader.read()
  await time.advance(1_000)
  const gapAt = reader.text.indexOf('event: gap')
  expect(gapAt).toBeGreaterThan(0)
  expect(reader.text.slice(0, gapAt)).not.toContain(`id: ${epoch}.`)
  expect(reader.text.slice(gapAt)).toContain(`id: ${epoch}.`)
})
