import { createSecretKey } from 'node:crypto'
import { parseArgs } from 'node:util'
import { SignJWT } from 'jose'
import { AUTH_VARIABLES } from '../auth-config.ts'
import { ConfigError, type Environment, reader, secretValue } from '../environment.ts'
import { readRoomRoles } from '../people/room-roles.ts'
import { gatherSettings } from '../settings.ts'
import type { Surroundings } from './commands.ts'

const OPTIONS = {
  jwt: { type: 'boolean' },
  sub: { type: 'string', default: '' },
  name: { type: 'string' },
  rooms: { type: 'string', default: '' },
  expires: { type: 'string', default: '3600' },
} as const

const USAGE = "whisperrooms token --jwt --sub=ada --rooms='team-*=owner,lobby=member' [--name=Ada] [--expires=3600]"
const LONGEST_SECONDS = 366 * 86_400

interface Wanted {
  readonly sub: string
  readonly name: string | undefined
  readonly rooms: Readonly<Record<string, string>>
  readonly seconds: number
}

/** Signs a token to come in with, by the first of WR_JWT_SECRET and for WR_JWT_ISSUER and WR_JWT_AUDIENCE. */
export async function jwt(words: readonly string[], { env, stdout, stderr }: Surroundings): Promise<number> {
  let wanted: Wanted
  try {
    wanted = wantedOf(words)
  } catch (error) {
    stderr.write(`${error instanceof Error ? error.message : 'That cannot be read'}\nUsage: ${USAGE}\n`)
    return 2
  }
  try {
    stdout.write(`${await sign(wanted, gatherSettings([], env))}\n`)
    return 0
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    stderr.write(`${error.mistakes.join('\n')}\n`)
    return 1
  }
}

/** @throws ConfigError when there is no secret, or it is none. */
async function sign({ sub, name, rooms, seconds }: Wanted, environment: Environment): Promise<string> {
  const [secret] = secretValue(environment, 'WR_JWT_SECRET', AUTH_VARIABLES.WR_JWT_SECRET)
  if (secret === undefined) throw new ConfigError('WR_JWT_SECRET must be set: it signs the token')
  const variables = reader(environment, AUTH_VARIABLES)
  const [issuer, audience] = [variables.value('WR_JWT_ISSUER'), variables.value('WR_JWT_AUDIENCE')]
  const issuedAt = Math.floor(Date.now() / 1000)
  const token = new SignJWT({ ...(name === undefined ? {} : { name }), rooms })
    .setProtectedHeader({ alg: 'HS256', typ: 'JWT' })
    .setSubject(sub)
    .setIssuedAt(issuedAt)
    .setExpirationTime(issuedAt + seconds)
  if (issuer !== undefined) token.setIssuer(issuer)
  if (audience !== undefined) token.setAudience(audience)
  return token.sign(createSecretKey(secret, 'utf8'))
}

/** @throws Error that repeats no value. */
function wantedOf(words: readonly string[]): Wanted {
  const { sub, name, rooms, expires } = optionsOf(words)
  if (sub === '') throw new Error('--sub must say whose token it is')
  const roles = Object.fromEntries(rooms.split(',').map(roleOf))
  if (readRoomRoles(roles) === undefined)
    throw new Error('--rooms must be room names, in which * stands for anything, each with =owner, =member or =reader')
  const seconds = /^\d+$/.test(expires) ? Number(expires) : 0
  if (seconds < 1 || seconds > LONGEST_SECONDS)
    throw new Error(`--expires must be seconds, from 1 to ${LONGEST_SECONDS}`)
  return { sub, name, rooms: roles, seconds }
}

function roleOf(part: string): [pattern: string, role: string] {
  const [pattern = '', role = ''] = part.split('=', 2)
  return [pattern.trim(), role.trim()]
}

function optionsOf(words: readonly string[]) {
  try {
    return parseArgs({ args: [...words], options: OPTIONS }).values
  } catch {
    throw new Error('There are --jwt, --sub, --name, --rooms and --expires, all but the first with a value')
  }
}
