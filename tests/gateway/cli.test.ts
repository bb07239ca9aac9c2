import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { readBotsConfig } from '../../packages/server/src/bots-config.ts'
import { VARIABLES } from '../../packages/server/src/config.ts'
import { CANARY } from '../support/canary.ts'
import { startGateway } from '../support/gateway.ts'

const MAIN = join(import.meta.dirname, '../../packages/server/src/main.ts')
const folder = mkdtempSync(join(tmpdir(), 'wr-cli-'))
afterAll(() => rmSync(folder, { recursive: true }))

interface Result {
  readonly status: number | null
  readonly stdout: string
  readonly stderr: string
}

function run(words: readonly string[], environment: Readonly<Record<string, string>> = {}): Result {
  return spawnSync(process.execPath, [MAIN, ...words], {
    env: { PATH: process.env['PATH'], ...environment },
    encoding: 'utf8',
    timeout: 30_000,
  })
}

test('--help says every variable, its flag and its default', () => {
  const { status, stdout } = run(['--help'])
  expect(status).toBe(0)
  for (const [name, { about, fallback }] of Object.entries(VARIABLES)) {
    expect(stdout).toContain(`  ${name} (`)
    expect(stdout).toContain(about)
    if (fallback !== '') expect(stdout).toContain(`, ${fallback} unless set`)
  }
  expect(stdout).toContain('--wr-ttl-max')
  expect(stdout).not.toContain('--wr-secret)')
})

test.each([
  [['-h']],
  [['help']],
  [['serve', '--help']],
  [['check-config', '--help']],
  [['token', '-h']],
  [['--port=1', '--help']],
])('%o says it as well', (words) => {
  expect(run(words)).toMatchObject({ status: 0, stdout: expect.stringContaining('  whisperrooms admin '), stderr: '' })
})

test.each([
  ['chek-config', 'chek-config is not a command; check-config is.'],
  ['frobnicate', 'frobnicate is not a command.'],
  [CANARY, 'The first word is not a command.'],
])('%s is no command', (word, answer) => {
  expect(run([word])).toMatchObject({ status: 2, stdout: '', stderr: `${answer} See whisperrooms --help\n` })
  expect(run([word, '--help'])).toMatchObject({ status: 2, stdout: '' })
})

test('--version says the version', () => {
  expect(run(['--version'])).toMatchObject({ status: 0, stdout: expect.stringMatching(/^\d+\.\d+\.\d+\n$/) })
})

describe('check-config', () => {
  test('tells every mistake, of flags, environment and file, and starts nothing', () => {
    const file = join(folder, 'settings')
    writeFileSync(file, `WR_LOG_LEVEL=${CANARY}\nPORT=1\n`)
    const environment = { WR_TTL_MAX: '5m', WR_LINGER: '-1', WR_SECRET_FILE: join(folder, 'none'), WR_CONFIG: file }
    const { status, stdout, stderr } = run(['check-config', `--port=${CANARY}`], environment)
    expect(status).toBe(1)
    expect(stdout).toBe('')
    const named = stderr
      .trim()
      .split('\n')
      .map((line) => line.split(' ')[0])
    expect(named).toHaveLength(5)
    expect(new Set(named)).toEqual(new Set(['PORT', 'WR_LINGER', 'WR_LOG_LEVEL', 'WR_SECRET_FILE', 'WR_TTL_MAX']))
    expect(stderr).not.toContain(CANARY)
  })

  test('refuses plugins that are no files, and imports none', () => {
    const late = join(folder, 'late.mjs')
    writeFileSync(late, 'process.stdout.write("imported")')
    expect(run(['check-config'], { WR_PLUGINS: late })).toMatchObject({
      status: 0,
      stdout: 'The configuration is in order.\n',
    })
    const { status, stderr } = run(['check-config'], { WR_PLUGINS: `${late},${folder},${join(folder, CANARY)}` })
    expect(status).toBe(1)
    expect(stderr).toContain('WR_PLUGINS: plugin 2 is no file')
    expect(stderr).toContain('WR_PLUGINS: plugin 3 is a file that cannot be read (ENOENT)')
    expect(stderr).not.toContain(CANARY)
  })

  test('warns of what is hardly meant', () => {
    const { status, stderr } = run(['check-config'], { WR_MEMORY_LIMIT: '100000' })
    expect([status, stderr]).toEqual([0, expect.stringMatching(/^Warning: WR_MEMORY_LIMIT /)])
  })

  test('says when there is none', () => {
    expect(run(['check-config', '--port', '0']).status).toBe(0)
  })
})

describe('token', () => {
  test('makes an entry of WR_BOT_TOKENS, another one each time', () => {
    const words = ['token', '--name=Weather', '--rooms=lobby,news-*', '--rights=read,post']
    const [one, other] = [run(words), run(words)]
    expect(one.status).toBe(0)
    const { tokens } = readBotsConfig({ WR_BOT_TOKENS: `[${one.stdout},${other.stdout}]` })
    expect(tokens).toHaveLength(2)
    for (const token of tokens)
      expect(token).toMatchObject({ name: 'Weather', rooms: ['lobby', 'news-*'], rights: ['read', 'post'] })
  })

  test.each([
    [['token']],
    [['token', '--name=']],
    [['token', '--name=Bot', `--rights=${CANARY}`]],
    [['token', '--name=Bot', `--rooms=${CANARY} x`]],
    [['token', '--name=Bot', `--${CANARY}`]],
  ])('%o is refused with how it is used', (words) => {
    const { status, stdout, stderr } = run(words)
    expect(status).toBe(2)
    expect(stdout).toBe('')
    expect(stderr).toContain('Usage: whisperrooms token')
    expect(stderr).not.toContain(CANARY)
  })
})

describe('token --jwt', () => {
  const WR_JWT_SECRET = 'q7Zk2vJ9xW4mT1sB8nR5cL0yH3gD6fPa'
  const RIGHT = ['token', '--jwt', '--sub=ada', '--rooms=team-*=owner, lobby=member']

  test('signs what was asked for, for whom the gateway wants it', () => {
    const words = [...RIGHT, '--name=Ada', '--expires=60']
    const { status, stdout } = run(words, { WR_JWT_SECRET, WR_JWT_ISSUER: 'me', WR_JWT_AUDIENCE: 'chat' })
    expect(status).toBe(0)
    const claims = JSON.parse(Buffer.from(stdout.split('.')[1] ?? '', 'base64url').toString())
    expect(claims).toEqual({
      sub: 'ada',
      name: 'Ada',
      rooms: { 'team-*': 'owner', lobby: 'member' },
      iss: 'me',
      aud: 'chat',
      iat: expect.any(Number),
      exp: claims.iat + 60,
    })
  })

  test.each([
    [['token', '--jwt', '--rooms=lobby=member']],
    [['token', '--jwt', '--sub=ada']],
    [['token', '--jwt', '--sub=ada', `--rooms=lobby=${CANARY}`]],
    [['token', '--jwt', '--sub=ada', `--rooms=${CANARY} x=member`]],
    [[...RIGHT, '--expires=1h']],
    [[...RIGHT, '--expires=0']],
    [[...RIGHT, `--${CANARY}`]],
  ])('%o is refused with how it is used', (words) => {
    const { status, stdout, stderr } = run(words, { WR_JWT_SECRET })
    expect([status, stdout]).toEqual([2, ''])
    expect(stderr).toContain('Usage: whisperrooms token --jwt')
    expect(stderr).not.toContain(CANARY)
  })

  test('without a secret, or with a weak one, nothing is signed', () => {
    expect(run(RIGHT)).toMatchObject({
      status: 1,
      stdout: '',
      stderr: expect.stringMatching(/^WR_JWT_SECRET must be set/),
    })
    const weak = run(RIGHT, { WR_JWT_SECRET: CANARY })
    expect(weak).toMatchObject({ status: 1, stdout: '', stderr: expect.stringMatching(/^WR_JWT_SECRET must have/) })
    expect(weak.stderr).not.toContain(CANARY)
  })
})

test.each([
  [['serve', '--portt', '1'], '--portt is not a setting'],
  [['serve', CANARY], 'The command line has a word too many'],
  [['serve', '--port=1x', '--bogus'], '  PORT must be'],
  [['--wr-secret=x'], '--wr-secret must not be a flag'],
  [['--config', join(folder, 'none')], 'WR_CONFIG names a file that cannot be read (ENOENT)'],
])('a gateway does not start with %o', (words, mistake) => {
  const { status, stderr } = run(words)
  expect(status).toBe(1)
  expect(stderr).toContain(mistake)
  expect(stderr).not.toContain(CANARY)
})

test('a gateway takes its settings from a file', async () => {
  const file = join(folder, 'running')
  writeFileSync(file, '# for a test\nWR_TTL_MAX=77\n')
  const gateway = await startGateway({ WR_CONFIG: file })
  expect(await (await fetch(`${gateway.url}/api/limits`)).json()).toMatchObject({ ttlMax: 77 })
  await gateway.stop()
})
