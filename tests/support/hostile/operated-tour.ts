import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { newToken, post } from '../bots.ts'
import { startGateway, type TestGateway } from '../gateway.ts'
import { enter, joinFrame, type Member, newKey, newRoom, sendFrame } from '../member.ts'
import { connect } from '../raw-client.ts'
import { openRawSocket } from '../raw-socket.ts'
import { type Answers, count } from './attack.ts'

/** Fails on `fail`. */
const PLUGIN = `
import { Transform } from 'node:stream'
export default () => new Transform({
  objectMode: true,
  transform: (message, _encoding, done) => message.text === 'fail' ? done(new Error('it failed')) : done(null, message),
})
`
const FULL_TEXT = 'x'.repeat(4_000)
const STRANGER = '203.0.113.7'

/**
 * Goes through every error and every close that takes an operator: a filter, a plugin, a cap on memory, a closed room, a blocked address,
 * tokens, and the end of the gateway. So it starts one of its own.
 */
export async function operatedTour(answers: Answers): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'hostile-'))
  const [operator, bot] = [newToken(), newToken()]
  writeFileSync(join(folder, 'fails.mjs'), PLUGIN)
  writeFileSync(join(folder, 'words.txt'), 'darn\n')
  const gateway = await startGateway({
    WR_STAGES: 'filter',
    WR_FILTER_WORDS_FILE: join(folder, 'words.txt'),
    WR_PLUGINS: join(folder, 'fails.mjs'),
    WR_ROOM_BYTES: '65536',
    WR_MEMORY_LIMIT: '300000',
    WR_TRUSTED_PROXIES: '127.0.0.0/8, ::1',
    WR_ADMIN_TOKEN: operator,
    WR_BOT_TOKENS: JSON.stringify([{ name: 'bot', token: bot, rooms: ['*'], rights: ['read', 'post', 'create'] }]),
  })
  try {
    await badTokens(gateway, answers)
    await stages(gateway, answers)
    await operated(gateway, operator, answers)
    await fullRooms(gateway, answers)
    await ending(gateway, bot, answers)
  } finally {
    await gateway.kill()
    rmSync(folder, { recursive: true })
  }
}

async function badTokens({ url }: TestGateway, answers: Answers): Promise<void> {
  const { body } = await post(url, newRoom(), newToken(), { text: 'hello' })
  count(answers.errors, String(body.error?.code))
}

async function stages({ url }: TestGateway, answers: Answers): Promise<void> {
  const member = await enter(url, newRoom())
  for (const text of ['darn', 'fail']) await refusedOr(member, text, answers)
}

async function operated({ url }: TestGateway, token: string, answers: Answers): Promise<void> {
  const room = newRoom()
  const member = await enter(url, room)
  await admin(url, token, `rooms/${room}/close`)
  await refusal(member.client, answers)
  const stranger = await enter(url, newRoom(), {}, { headers: { 'x-forwarded-for': STRANGER } })
  await admin(url, token, 'addresses/block', { address: STRANGER, seconds: 60 })
  await refusal(stranger.client, answers)
}

async function admin(url: string, token: string, path: string, body: object = {}): Promise<void> {
  const { status } = await fetch(`${url}/api/admin/${path}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })
  if (status !== 200) throw new Error(`the operator was answered with ${status}`)
}

/** Fills rooms until one of them is full, and then the gateway. */
async function fullRooms({ url }: TestGateway, answers: Answers): Promise<void> {
  const codes = new Set<string>()
  while (!codes.has('server_full')) {
    const member = await enter(url, newRoom())
    let code: string | undefined
    while (code === undefined) code = await refusedOr(member, FULL_TEXT, answers)
    codes.add(code)
  }
  const newcomer = await connect(url, newRoom())
  newcomer.send(joinFrame({ create: {} }))
  await refusal(newcomer, answers)
}

/** What is answered while the gateway waits for one who does not answer its close. */
async function ending(gateway: TestGateway, bot: string, answers: Answers): Promise<void> {
  const stubborn = await openRawSocket(gateway.url, newRoom())
  stubborn.pause()
  const leaving = await connect(gateway.url, newRoom())
  const ended = gateway.stop()
  count(answers.closes, (await leaving.closed).code)
  const { body } = await post(gateway.url, newRoom(), bot, { key: newKey(), text: 'hello' })
  count(answers.errors, String(body.error?.code))
  stubborn.destroy()
  await ended
}

/** Says something. @returns with what it was refused, if it was. */
async function refusedOr({ client }: Member, text: string, answers: Answers): Promise<string | undefined> {
  const frame = sendFrame({ text })
  client.send(frame)
  const answer = await client.answer(frame.key)
  if (answer.type === 'ack') return undefined
  count(answers.errors, answer.code)
  return answer.code
}

/** An error, and the close behind it. */
async function refusal(client: Member['client'], answers: Answers): Promise<void> {
  count(answers.errors, (await client.next('error')).code)
  count(answers.closes, (await client.closed).code)
}
