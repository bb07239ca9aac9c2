import { randomBytes } from 'node:crypto'
import { parseArgs } from 'node:util'
import { BOTS_VARIABLES } from '../bots-config.ts'
import type { Surroundings } from './commands.ts'

const OPTIONS = {
  name: { type: 'string' },
  rooms: { type: 'string', default: '*' },
  rights: { type: 'string', default: 'read,post' },
} as const

const USAGE = 'whisperrooms token --name=Weather [--rooms=lobby,news-*] [--rights=read,post,create]'

/** Makes a token for a bot, as an entry of WR_BOT_TOKENS; or with `--jwt` one to come in with. */
export async function token(words: readonly string[], surroundings: Surroundings): Promise<number> {
  if (words.includes('--jwt')) return (await import('./jwt.ts')).jwt(words, surroundings)
  const { stdout, stderr } = surroundings
  try {
    stdout.write(`${JSON.stringify(entryOf(words))}\n`)
  } catch (error) {
    stderr.write(`${error instanceof Error ? error.message : 'That cannot be read'}\nUsage: ${USAGE}\n`)
    return 2
  }
  stderr.write('An entry for the JSON array of WR_BOT_TOKENS. The bot shows the token as a bearer token.\n')
  return 0
}

/** @throws Error that repeats no value. */
function entryOf(words: readonly string[]): object {
  const { name, rooms, rights } = optionsOf(words)
  const entry = { name, token: randomBytes(32).toString('base64url'), rooms: listOf(rooms), rights: listOf(rights) }
  try {
    BOTS_VARIABLES.WR_BOT_TOKENS.read(JSON.stringify([entry]))
  } catch (error) {
    throw new Error(`--${error instanceof Error ? error.message.replace(/^entry 1:? /, '') : 'name is wrong'}`)
  }
  return entry
}

function optionsOf(words: readonly string[]): { name?: string | undefined; rooms: string; rights: string } {
  try {
    return parseArgs({ args: [...words], options: OPTIONS }).values
  } catch {
    throw new Error('There are --name, --rooms and --rights, each with a value')
  }
}

const listOf = (text: string): string[] => text.split(',').map((part) => part.trim())
