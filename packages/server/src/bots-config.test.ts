import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { RoomId } from '@whisperrooms/protocol'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { readBotsConfig } from './bots-config.ts'
import { ConfigError } from './environment.ts'
import { bearer, mayEnter } from './http/bots/bot-identity.ts'

const TOKEN = 'canary-2nZq8Lx4Vt7Rb9Ks3Wd6Hm1Yp5Jc'
const ENTRY = { name: ' Ears\u200b ', token: TOKEN, rooms: ['lunch', 'team-*'], rights: ['read'] }
const OTHER = { ...ENTRY, token: TOKEN.replace('canary', 'second') }

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'whisperrooms-'))
})
afterAll(() => rmSync(folder, { recursive: true }))

const read = (tokens: unknown) =>
  readBotsConfig({ WR_BOT_TOKENS: typeof tokens === 'string' ? tokens : JSON.stringify(tokens) })

test('a token is kept as its hash alone, and its bot is found by it', () => {
  const { tokens } = read([ENTRY, OTHER])
  expect(JSON.stringify(tokens)).not.toContain('canary')
  const botOf = bearer(tokens)
  expect(botOf(`Bearer ${TOKEN}`)).toBe(tokens[0])
  expect(botOf(`bearer  ${OTHER.token}`)).toBe(tokens[1])
  expect(tokens[0]?.name).toBe('Ears')
  for (const header of [undefined, '', TOKEN, `Basic ${TOKEN}`, 'Bearer ', `Bearer ${TOKEN}x`, `Bearer ${TOKEN} x`])
    expect(botOf(header)).toBeUndefined()
})

test.each<[pattern: string, room: string, fits: boolean]>([
  ['lunch', 'lunch', true],
  ['lunch', 'lunch2', false],
  ['*', 'anything', true],
  ['team-*', 'team-', true],
  ['team-*', 'my-team-1', false],
  ['*-bots', 'all-bots', true],
  ['a*b*c', 'a-b-c', true],
  ['a*b*c', 'a-c-b', false],
  ['ab*ba', 'aba', false],
  ['*a*a*a*', 'aa', false],
  [`${'a*'.repeat(31)}b`, 'a'.repeat(64), false],
])('of the pattern %s the room %s: %s', (pattern, room, fits) => {
  const [bot] = read([{ ...ENTRY, rooms: [pattern] }]).tokens
  expect(bot !== undefined && mayEnter(bot, room as RoomId)).toBe(fits)
})

test.each<[string, unknown, RegExp]>([
  ['no JSON', `[{"token":"${TOKEN}"`, /must be a JSON array/],
  ['no array', ENTRY, /must be a JSON array/],
  ['what is no object', [ENTRY, TOKEN], /entry 2 must be an object/],
  ['a field more', [{ ...ENTRY, canary: 1 }], /entry 1 must have/],
  ['no name', [{ ...ENTRY, name: '\u200b' }], /entry 1: name/],
  ['a short token', [{ ...ENTRY, token: 'canary' }], /entry 1: token must be 32/],
  ['a token that is hardly random', [{ ...ENTRY, token: 'canary'.repeat(8) }], /entry 1: token must be random/],
  ['a token with a blank', [{ ...ENTRY, token: `${TOKEN} x` }], /entry 1: token/],
  ['no rooms', [{ ...ENTRY, rooms: [] }], /entry 1: rooms/],
  ['a room that is none', [{ ...ENTRY, rooms: ['canary room'] }], /entry 1: rooms/],
  ['an unknown right', [{ ...ENTRY, rights: ['canary'] }], /entry 1: rights/],
  ['no rights', [{ ...ENTRY, rights: undefined }], /entry 1: rights/],
  ['to create and not to post', [{ ...ENTRY, rights: ['read', 'create'] }], /entry 1: the right to create/],
  ['one token twice', [ENTRY, OTHER, ENTRY], /entry 3 has the token of an earlier one/],
])('%s is refused by its place, and not repeated', (_, tokens, message) => {
  expect(() => read(tokens)).toThrow(ConfigError)
  expect(() => read(tokens)).toThrow(message)
  expect(() => read(tokens)).not.toThrow('canary')
})

test('tokens may stand in a file, and not in both places', () => {
  const file = join(folder, 'tokens.json')
  writeFileSync(file, `${JSON.stringify([ENTRY], null, 2)}\n`)
  expect(readBotsConfig({ WR_BOT_TOKENS_FILE: file }).tokens).toHaveLength(1)
  expect(() => readBotsConfig({ WR_BOT_TOKENS_FILE: file, WR_BOT_TOKENS: '[]' })).toThrow(/contradicts/)
  expect(() => readBotsConfig({ WR_BOT_TOKENS_FILE: join(folder, 'none') })).toThrow(/^WR_BOT_TOKENS_FILE/)
})
