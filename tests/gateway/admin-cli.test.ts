import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { adminCommand } from '../../packages/server/src/admin/cli.ts'
import { CANARY } from '../support/canary.ts'
import { startGateway, type TestGateway } from '../support/gateway.ts'
import { enter, newRoom, say } from '../support/member.ts'

const MAIN = join(import.meta.dirname, '../../packages/server/src/main.ts')
const TOKEN = 'an-operators-token-of-38-characters-00'

let one: TestGateway
let other: TestGateway
beforeAll(async () => {
  one = await startGateway({ WR_ADMIN_TOKEN: TOKEN })
  other = await startGateway({ WR_ADMIN_TOKEN: TOKEN })
})
afterAll(() => Promise.all([one.stop(), other.stop()]))

/** Runs the command. @returns its exit code, and what it wrote. */
async function command(words: string, env: Readonly<Record<string, string>> = {}) {
  const written = { out: '', err: '' }
  const code = await adminCommand(
    words.split(' ').filter((word) => word !== ''),
    { WR_ADMIN_TOKEN: TOKEN, PORT: String(one.port), ...env },
    { out: (text) => (written.out += text), err: (text) => (written.err += text) },
  )
  return { code, ...written }
}

test('rooms are burned, locked, unlocked and closed', async () => {
  const room = newRoom()
  const { client } = await enter(one.url, room)
  await say({ client }, 'burn me')
  for (const action of ['burn', 'lock', 'unlock', 'close'])
    expect(await command(`${action} ${room}`)).toEqual({ code: 0, out: 'done\n', err: '' })
  expect(await client.next('removed')).toMatchObject({ reason: 'burned' })
  expect([(await client.next('room')).locked, (await client.next('room')).locked]).toEqual([true, false])
  expect(await client.closed).toMatchObject({ code: 4504 })
})

test('what concerns a gateway goes to each that is named', async () => {
  const both = `--url ${one.url} --url ${other.url}`
  expect(await command(`read-only on ${both}`)).toMatchObject({ code: 0 })
  expect(await command(`block 203.0.113.0/24 60 ${both}`)).toMatchObject({ code: 0 })
  for (const { url } of [one, other]) {
    const { code, out } = await command(`status --url ${url}`)
    expect([code, JSON.parse(out)]).toEqual([0, expect.objectContaining({ readOnly: true, blocked: 1 })])
  }
  expect(await command(`read-only off ${both}`)).toMatchObject({ code: 0 })
  expect(await command(`unblock 203.0.113.0/24 ${both}`)).toMatchObject({ code: 0 })
})

test('what a gateway refuses is said with its code, and the exit code is 1', async () => {
  expect(await command(`close ${newRoom()}`)).toMatchObject({ code: 1, err: expect.stringContaining('no_such_room') })
  const wrong = await command('status', { WR_ADMIN_TOKEN: `${TOKEN}${CANARY}` })
  expect(wrong).toMatchObject({ code: 1, err: expect.stringContaining('bad_token') })
  expect(wrong.err).not.toContain(CANARY)
  const nobody = await command('status', { PORT: '1' })
  expect(nobody).toMatchObject({ code: 1, err: expect.stringContaining('cannot be reached') })
})

test.each([
  '',
  'dance',
  'close',
  `close ${CANARY}$`,
  'close tea coffee',
  'block 203.0.113.7',
  'block everybody 60',
  'block 203.0.113.7 5m',
  'read-only',
  'read-only maybe',
  'status now',
  'status --url ftp://chat.example',
  'status --colour',
])('`admin %s` is not understood: it says how to use it, and the exit code is 2', async (words) => {
  const { code, out, err } = await command(words)
  expect([code, out]).toEqual([2, ''])
  expect(err).toContain('whisperrooms admin <action>')
  expect(err).not.toContain(CANARY)
})

test('without a token, or with one that can be none, it says so', async () => {
  expect(await command('status', { WR_ADMIN_TOKEN: '' })).toMatchObject({
    code: 2,
    err: expect.stringContaining('WR_ADMIN_TOKEN'),
  })
  expect(await command('status', { WR_ADMIN_TOKEN: CANARY.slice(0, 8) })).toMatchObject({
    code: 2,
    err: expect.not.stringContaining(CANARY.slice(0, 8)),
  })
})

test('it is a command of the program', async () => {
  const env = { PATH: process.env['PATH'], WR_ADMIN_TOKEN: TOKEN, PORT: String(one.port) }
  const { stdout } = await promisify(execFile)(process.execPath, [MAIN, 'admin', 'status'], { env })
  expect(JSON.parse(stdout)).toMatchObject({ readOnly: false })
})

test('help is given to whoever asks', async () => {
  expect(await command('--help')).toMatchObject({ code: 0, out: expect.stringContaining('read-only on|off') })
})
