import { connect as connectTcp } from 'node:net'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { newToken, post, type TestBotToken } from '../support/bots.ts'
import { CANARY } from '../support/canary.ts'
import { consume } from '../support/event-consumer.ts'
import { runExample } from '../support/example.ts'
import { startGateway, type TestGateway } from '../support/gateway.ts'
import { within } from '../support/inbox.ts'
import { enter, newRoom, newSecret, ownerHashOf, placeOf, say, untilBusTime } from '../support/member.ts'
import { until } from '../support/until.ts'

const EARS: TestBotToken = { name: 'Ears', token: newToken(), rooms: ['room-*'], rights: ['read', 'post'] }
const OTHER: TestBotToken = { name: 'Other', token: newToken(), rooms: ['*'], rights: ['read'] }
const POSTER: TestBotToken = { name: 'Builds', token: newToken(), rooms: ['*'], rights: ['post'] }
const { token } = EARS

let gateway: TestGateway
beforeAll(async () => {
  gateway = await startGateway({ WR_BOT_TOKENS: JSON.stringify([EARS, OTHER, POSTER]) })
})
afterAll(() => gateway.stop())

const textsIn = ({ heard }: { heard: readonly { event: string; data: Readonly<Record<string, unknown>> }[] }) =>
  heard.filter(({ event }) => event === 'message').map(({ data }) => data['text'])

test('a bot hears what is alive, then what is said, each event with its id but `live`', async () => {
  const room = newRoom()
  const ada = await enter(gateway.url, room, { name: 'Ada' })
  const before = await say(ada, 'before')
  const bot = await consume(gateway.url, room, { token })
  const first = await bot.next('message')
  expect(first.data).toMatchObject({ type: 'message', offset: before.target, text: 'before', from: { name: 'Ada' } })
  expect(first.id).toMatch(new RegExp(`^${ada.welcome.cursor.epoch}\\.${before.target}\\..+`))
  const live = await bot.next('live')
  expect(live).toMatchObject({ id: undefined, data: { recovered: false, missed: null, more: false } })
  ada.client.send({ type: 'typing', on: true })
  const { target } = await say(ada, 'gone\r\n"soon"')
  ada.client.send({ type: 'unsend', target })
  const removed = await bot.next('removed')
  expect(removed.data).toMatchObject({ targets: [target], reason: 'unsent' })
  expect(removed.id).toBeDefined()
  expect(bot.heard.map(({ event }) => event)).toEqual(['message', 'live', 'message', 'removed'])
  expect(textsIn(bot)).toEqual(['before', 'gone\r\n"soon"'])
  bot.close()
})

test('the answer is a stream that nobody may keep or change, and says when to come back', async () => {
  const room = newRoom()
  await enter(gateway.url, room)
  const bot = await consume(gateway.url, room, { token })
  await bot.next('live')
  const { headers } = bot.response
  expect(headers.get('content-type')).toBe('text/event-stream')
  expect(headers.get('cache-control')).toBe('no-store, no-transform')
  expect(headers.get('content-security-policy')).toMatch(/default-src 'none'/)
  expect(headers.has('access-control-allow-origin')).toBe(false)
  expect(bot.raw()).toMatch(/^retry: \d{4}\n\n/)
  bot.close()
})

test('whoever listens is seen: with the role of a reader, when it may not post', async () => {
  const room = newRoom()
  const ada = await enter(gateway.url, room)
  const ears = await consume(gateway.url, room, { token })
  const other = await consume(gateway.url, room, { token: OTHER.token })
  const seen = () =>
    ada.client.frames
      .flatMap((frame) => (frame.type === 'presence' ? (frame.joined ?? []) : []))
      .filter(({ id }) => id !== ada.welcome.you.id)
  await until(
    () => seen().length >= 2,
    () => `seen: ${JSON.stringify(seen())}`,
  )
  expect(seen().map(({ name, role }) => [name, role])).toEqual([
    ['Ears', 'member'],
    ['Other', 'reader'],
  ])
  ears.close()
  other.close()
})

describe('P4 coming back with the last id', () => {
  test('brings everything alive behind it, and says how much vanished unseen', async () => {
    const room = newRoom()
    const ada = await enter(gateway.url, room)
    const bot = await consume(gateway.url, room, { token })
    await say(ada, 'heard')
    await bot.next('message')
    bot.close()
    const vanished = await say(ada, { text: 'vanished', ttl: 1 })
    await say(ada, 'missed')
    await untilBusTime(ada, vanished.expires + 1)
    const back = await consume(gateway.url, room, { token, lastEventId: bot.lastId() })
    expect((await back.next('live')).data).toMatchObject({ recovered: true, missed: 1 })
    expect(textsIn(back)).toEqual(['missed'])
    back.close()
  })

  test('works also where nothing was heard yet, and as a query', async () => {
    const room = newRoom()
    const ada = await enter(gateway.url, room, { create: { history: 'none' } })
    const bot = await consume(gateway.url, room, { token })
    await bot.next('live')
    await until(
      () => bot.lastId() !== '',
      () => 'there was no id behind `live`',
    )
    bot.close()
    await say(ada, 'meanwhile')
    const response = await fetch(`${gateway.url}/api/rooms/${room}/events?lastEventId=${bot.lastId()}`, {
      headers: { authorization: `Bearer ${token}` },
    })
    const reader = response.body?.getReader()
    let text = ''
    while (!text.includes('event: live')) text += Buffer.from((await reader?.read())?.value ?? []).toString()
    expect(text).toContain('"text":"meanwhile"')
    expect(text).toContain('"recovered":true')
    await reader?.cancel()
  })

  test('lets a bot in again that was there before the room was locked, and no other', async () => {
    const room = newRoom()
    const owner = newSecret()
    const ada = await enter(gateway.url, room, { owner, create: { ownerHash: ownerHashOf(room, owner) } })
    const bot = await consume(gateway.url, room, { token })
    await say(ada, 'heard')
    await bot.next('message')
    bot.close()
    ada.client.send({ type: 'set', locked: true })
    await ada.client.next('room')
    await expect(consume(gateway.url, room, { token: OTHER.token })).rejects.toThrow(/403.*room_locked/)
    await expect(consume(gateway.url, room, { token: OTHER.token, lastEventId: bot.lastId() })).rejects.toThrow(/403/)
    const back = await consume(gateway.url, room, { token, lastEventId: bot.lastId() })
    expect((await back.next('live')).data).toMatchObject({ recovered: true })
    const posted = await post(gateway.url, room, token, { text: 'me again' }, { 'last-event-id': bot.lastId() })
    expect(posted.status).toBe(200)
    back.close()
  })

  test('that does not count is told as not recovered, never as an error, and shows what a newcomer is shown', async () => {
    const room = newRoom()
    const ada = await enter(gateway.url, room)
    await say(ada, 'alive')
    const bot = await consume(gateway.url, room, { token })
    await bot.next('message')
    bot.close()
    const [epoch = '', offset = '', ...rest] = bot.lastId().split('.')
    const ticket = rest.join('.')
    const { ticket: foreign } = await placeOf(ada)
    const ids = {
      'another epoch': `AAAAAAAAAAAA.${offset}.${ticket}`,
      'the future': `${epoch}.${Number(offset) + 1_000}.${ticket}`,
      'the far future': `${epoch}.9007199254740991.${ticket}`,
      'beyond any offset': `${epoch}.99999999999999999999.${ticket}`,
      'a negative offset': `${epoch}.-2.${ticket}`,
      'no ticket': `${epoch}.${offset}`,
      'a ticket that was changed': `${epoch}.${offset}.${ticket.slice(0, -9)}changed-A`,
      'a ticket of a member': `${epoch}.${offset}.${foreign}`,
      garbage: CANARY,
      dots: '...',
      'a long one': CANARY.repeat(800),
    }
    for (const [what, lastEventId] of Object.entries(ids)) {
      const back = await consume(gateway.url, room, { token, lastEventId })
      const { data } = await back.next('live')
      expect(data, what).toMatchObject({ recovered: false, missed: null })
      expect(textsIn(back), what).toEqual(['alive'])
      back.close()
    }
    expect(gateway.output()).not.toContain(CANARY)
  })

  test('of a room without history counts for its own bot alone', async () => {
    const room = newRoom()
    const ada = await enter(gateway.url, room, { create: { history: 'none' } })
    const bot = await consume(gateway.url, room, { token })
    await say(ada, 'heard')
    await bot.next('message')
    bot.close()
    const other = await consume(gateway.url, room, { token: OTHER.token, lastEventId: bot.lastId() })
    await other.next('live')
    expect(textsIn(other)).toEqual([])
    const back = await consume(gateway.url, room, { token })
    await back.next('live')
    expect(textsIn(back)).toEqual([])
    other.close()
    back.close()
  })
})

describe('listening is refused with a status and a code, and not repeated:', () => {
  test.each([
    ['no token', newRoom(), '', 401, 'bad_token'],
    ['a wrong token', newRoom(), CANARY.padEnd(32, 'x'), 401, 'bad_token'],
    ['a bot that may only post', newRoom(), POSTER.token, 403, 'not_allowed'],
    ['a room outside its own', CANARY, token, 403, 'not_allowed'],
    ['a room whose name is none', `${CANARY}$`, token, 400, 'bad_room'],
    ['a room that is not there', newRoom(), token, 404, 'no_such_room'],
  ])('%s', async (_, room, shown, status, code) => {
    const response = await fetch(`${gateway.url}/api/rooms/${room}/events`, {
      headers: { authorization: `Bearer ${shown}` },
    })
    expect(response.status).toBe(status)
    const body = await response.text()
    expect(JSON.parse(body)).toMatchObject({ error: { code, message: expect.any(String) } })
    expect(body).not.toContain(CANARY)
  })
})

test('a request behind another on one connection gets no stream', async () => {
  const room = newRoom()
  await enter(gateway.url, room)
  const { hostname, port } = new URL(gateway.url)
  const socket = connectTcp({ host: hostname, port: Number(port) })
  let answer = ''
  socket.on('data', (chunk: Buffer) => {
    answer += chunk.toString()
  })
  const get = (path: string) => `GET ${path} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${token}\r\n\r\n`
  socket.write(get(`/api/rooms/${room}/events`) + get(`/api/rooms/${room}/events`) + get('/livez'))
  await until(
    () => answer.includes('event: live'),
    () => answer,
  )
  expect(answer.match(/HTTP\/1\.1/g)).toHaveLength(1)
  socket.destroy()
  expect((await fetch(`${gateway.url}/livez`)).status).toBe(200)
})

test('a stream ends with its gateway', async () => {
  const own = await startGateway({ WR_BOT_TOKENS: JSON.stringify([EARS]) })
  const room = newRoom()
  await enter(own.url, room)
  const bot = await consume(own.url, room, { token })
  await bot.next('live')
  expect(await own.stop()).toBe(0)
  await within(bot.ended, 'the end of the stream')
})

/** How often the consumer dies. */
const DEATHS = 20

interface Line {
  readonly id: string
  readonly event: string
  readonly data: { readonly text?: string; readonly recovered?: boolean; readonly missed?: number | null }
}

test('P1 P2 P3 a consumer that is killed and started again 20 times under load has everything, in order, once', async () => {
  const room = newRoom()
  const ada = await enter(gateway.url, room)
  const lines: Line[] = []
  let said = 0
  let isOver = false
  async function speak(): Promise<void> {
    while (!isOver) await Promise.all(Array.from({ length: 5 }, () => say(ada, `message ${said++}`)))
    await say(ada, 'the end')
  }

  let speaking: Promise<void> | undefined

  /** One life of the consumer: it goes on where the one before it died, until what it hears is enough. */
  async function live(isEnough: (heardSince: number, all: readonly string[]) => boolean): Promise<void> {
    const lastId = lines.at(-1)?.id
    const environment = { WR_URL: gateway.url, ROOM: room, BOT_TOKEN: token }
    const bot = runExample(
      'sse-bot/src/main.ts',
      lastId === undefined ? environment : { ...environment, LAST_EVENT_ID: lastId },
    )
    await bot.hear(/"event":"live"/)
    // What was said before the first one came is not owed to it.
    speaking ??= speak()
    const before = bot.lines.length
    await until(
      () => isEnough(bot.lines.length - before, bot.lines),
      () => `it heard ${bot.lines.length} events, the last: ${bot.lines.at(-1)}`,
    )
    await bot.kill()
    // Killed within a line, it has not taken that event in.
    for (const line of bot.lines.filter((text) => text.endsWith('}}'))) lines.push(JSON.parse(line))
  }

  for (let death = 0; death < DEATHS; death++) await live((heard) => heard > 10)
  isOver = true
  await live((_, all) => all.some((line) => line.includes('"text":"the end"')))
  await speaking

  expect(said).toBeGreaterThan(500)
  expect(lines.filter(({ event }) => event === 'message').map(({ data }) => data.text)).toEqual([
    ...Array.from({ length: said }, (_, i) => `message ${i}`),
    'the end',
  ])
  const lives = lines.filter(({ event }) => event === 'live').map(({ data }) => [data.recovered, data.missed])
  expect(lives.slice(1)).toEqual(Array.from({ length: DEATHS }, () => [true, 0]))
  expect(lines.filter(({ event }) => event === 'gap')).toEqual([])
}, 120_000)
