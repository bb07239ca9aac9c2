import { hash } from 'node:crypto'
import { cleanName } from '@whisperrooms/protocol'
import { type Environment, oneOf, reader, secretValue, textOrNothing, variable } from './environment.ts'
import { isRoomPattern } from './people/room-pattern.ts'
import { weaknessOf } from './secret-strength.ts'

export const RIGHTS = ['read', 'post', 'create'] as const
/** What a bot may do in its rooms: `create` is to make one by posting into it. */
export type Right = (typeof RIGHTS)[number]

/** A token of a bot, as the operator gave it. Several may have one name: then they are the same bot. */
export interface BotToken {
  readonly name: string
  /** SHA-256 of the token: the token itself is kept nowhere. */
  readonly tokenHash: Buffer
  /** Names of rooms, in which `*` stands for anything. */
  readonly rooms: readonly string[]
  readonly rights: readonly Right[]
}

/** What HTTP offers to programs. */
export interface BotsConfig {
  readonly tokens: readonly BotToken[]
  /** Whether `GET /api/rooms` lists rooms that want to be listed. */
  readonly isListing: boolean
}

const TOKEN_PATTERN = /^[A-Za-z0-9._~+/=-]{32,256}$/
const FIELDS: readonly string[] = ['name', 'token', 'rooms', 'rights']

export const BOTS_VARIABLES = {
  WR_BOT_TOKENS: variable(
    'Who may use HTTP as a bot: a JSON array of {"name", "token", "rooms", "rights"}',
    '',
    botTokensOf,
  ),
  WR_BOT_TOKENS_FILE: variable('A file with that array', '', textOrNothing),
  WR_LISTING: variable(
    'on or off: whether GET /api/rooms lists the rooms that want to be listed',
    'on',
    oneOf('on', 'off'),
  ),
} as const

/** @throws ConfigError naming the variable and the entry's position, never what is in it. */
export function readBotsConfig(environment: Environment): BotsConfig {
  return Object.freeze({
    tokens: secretValue(environment, 'WR_BOT_TOKENS', BOTS_VARIABLES.WR_BOT_TOKENS),
    isListing: reader(environment, BOTS_VARIABLES).value('WR_LISTING') === 'on',
  })
}

/** @throws Error saying which entry is wrong, and how. */
function botTokensOf(text: string): readonly BotToken[] {
  if (text.trim() === '') return []
  const tokens = arrayOf(text).map((entry, i) => botTokenOf(entry, `entry ${i + 1}`))
  const hashes = tokens.map(({ tokenHash }) => tokenHash.toString('hex'))
  const twice = hashes.findIndex((one, i) => hashes.indexOf(one) < i)
  if (twice >= 0) throw new Error(`entry ${twice + 1} has the token of an earlier one`)
  return tokens
}

/** What a parser says of broken JSON quotes it, and that may be a token. */
function arrayOf(text: string): readonly unknown[] {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    value = undefined
  }
  if (!Array.isArray(value)) throw new Error('must be a JSON array of {"name", "token", "rooms", "rights"}')
  return value
}

function botTokenOf(entry: unknown, where: string): BotToken {
  if (typeof entry !== 'object' || entry === null || Array.isArray(entry))
    throw new Error(`${where} must be an object of name, token, rooms and rights`)
  if (Object.keys(entry).some((field) => !FIELDS.includes(field)))
    throw new Error(`${where} must have name, token, rooms and rights alone`)
  const { name, token, rooms, rights }: Record<string, unknown> = { ...entry }
  const cleaned = typeof name === 'string' ? cleanName(name) : undefined
  if (cleaned === undefined) throw new Error(`${where}: name must be 1 to 32 visible characters`)
  if (typeof token !== 'string' || !TOKEN_PATTERN.test(token))
    throw new Error(`${where}: token must be 32 to 256 characters of A-Z a-z 0-9 . _ ~ + / = -`)
  const weakness = weaknessOf(token)
  if (weakness !== undefined) throw new Error(`${where}: token ${weakness}`)
  if (!isListOf(rooms, isRoomPattern))
    throw new Error(`${where}: rooms must be a list of room names, in which * stands for anything`)
  if (!isListOf(rights, isRight)) throw new Error(`${where}: rights must be a list of ${RIGHTS.join(', ')}`)
  if (rights.includes('create') && !rights.includes('post'))
    throw new Error(`${where}: the right to create is of no use without the right to post`)
  return { name: cleaned, tokenHash: hash('sha256', token, 'buffer'), rooms, rights }
}

const isRight = (text: string): text is Right => RIGHTS.some((right) => right === text)

function isListOf<T extends string>(
  value: unknown,
  isOne: ((text: string) => text is T) | ((text: string) => boolean),
): value is readonly T[] {
  return Array.isArray(value) && value.length > 0 && value.every((item) => typeof item === 'string' && isOne(item))
}
