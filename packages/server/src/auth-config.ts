import {
  type Environment,
  oneOf,
  orNothing,
  type Reader,
  readAll,
  reader,
  refuse,
  secretValue,
  textOrNothing,
  variable,
} from './environment.ts'
import { weaknessOf } from './secret-strength.ts'

/** Who may come in. */
export interface AuthConfig {
  /** Whether a `join` needs a token; if not, nothing below counts. */
  readonly isRequired: boolean
  /** Any of them may have signed a token, with HS256. */
  readonly secrets: readonly string[]
  /** Where the public keys are that tokens may be signed by, as a JSON Web Key Set (RFC 7517). */
  readonly jwksUrl: string | undefined
  /** What `iss` must be; `undefined`: anything. */
  readonly issuer: string | undefined
  /** What `aud` must be or hold; `undefined`: anything. */
  readonly audience: string | undefined
}

const SHORTEST_SECRET = 32
const LOOPBACK = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])$/

export const AUTH_VARIABLES = {
  WR_AUTH: variable('open or token: whether whoever comes in needs a token', 'open', oneOf('open', 'token')),
  WR_JWT_SECRET: variable('Secrets that sign tokens, separated by commas', '', secretsOf),
  WR_JWT_SECRET_FILE: variable('A file with those secrets', '', textOrNothing),
  WR_JWKS_URL: variable('Where the public keys are that tokens are signed by: an https: URL', '', orNothing(jwksUrlOf)),
  WR_JWT_ISSUER: variable('Who must have issued a token, as its iss says', '', textOrNothing),
  WR_JWT_AUDIENCE: variable('Whom a token must be meant for, as its aud says', '', textOrNothing),
} as const

/** @throws ConfigError */
export function readAuthConfig(environment: Environment): AuthConfig {
  const variables = reader(environment, AUTH_VARIABLES)
  const parts = {
    isRequired: () => variables.value('WR_AUTH') === 'token',
    secrets: () => secretValue(environment, 'WR_JWT_SECRET', AUTH_VARIABLES.WR_JWT_SECRET),
    jwksUrl: () => variables.value('WR_JWKS_URL'),
    issuer: () => variables.value('WR_JWT_ISSUER'),
    audience: () => variables.value('WR_JWT_AUDIENCE'),
  }
  return Object.freeze(readAll(parts, [() => checkKeys(variables)]))
}

/** Without keys every token would be wrong. */
function checkKeys(variables: Reader<keyof typeof AUTH_VARIABLES, typeof AUTH_VARIABLES>): void {
  const hasKeys = (['WR_JWT_SECRET', 'WR_JWT_SECRET_FILE', 'WR_JWKS_URL'] as const).some((name) =>
    variables.isSet(name),
  )
  if (variables.value('WR_AUTH') === 'token' && !hasKeys) refuse('WR_AUTH=token needs WR_JWT_SECRET or WR_JWKS_URL')
}

function secretsOf(text: string): readonly string[] {
  if (text === '') return []
  const secrets = text.split(',').map((part) => part.trim())
  if (secrets.some((secret) => secret.length < SHORTEST_SECRET))
    throw new Error(`must have at least ${SHORTEST_SECRET} characters, each of several`)
  const weakness = secrets.map(weaknessOf).find((found) => found !== undefined)
  if (weakness !== undefined) throw new Error(weakness)
  return secrets
}

/** Whoever can change the keys on their way can sign tokens. */
function jwksUrlOf(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined
  const isSafe = url?.protocol === 'https:' || (url?.protocol === 'http:' && LOOPBACK.test(url.hostname))
  if (url === undefined || !isSafe || url.username !== '' || url.password !== '')
    throw new Error('must be an https: URL without a user; http: is for localhost alone')
  return url.href
}
