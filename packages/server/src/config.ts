import { ADMIN_VARIABLES, type AdminConfig, readAdminConfig } from './admin-config.ts'
import { AUTH_VARIABLES, type AuthConfig, readAuthConfig } from './auth-config.ts'
import { BOTS_VARIABLES, type BotsConfig, readBotsConfig } from './bots-config.ts'
import {
  anyText,
  ConfigError,
  checkFile,
  type Environment,
  isSet,
  listOf,
  oneOf,
  type Reader,
  readAll,
  reader,
  refuse,
  secretValue,
  textOrNothing,
  variable,
  wholeNumber,
} from './environment.ts'
import { KAFKA_VARIABLES, type KafkaConfig, readKafkaConfig } from './kafka-config.ts'
import { LIMITS_VARIABLES, type LimitsConfig, readLimitsConfig } from './limits/limits-config.ts'
import { meantBy } from './mistyped.ts'
import { type MetricsConfig, OPERATIONS_VARIABLES, readMetricsConfig } from './operations-config.ts'
import { weaknessOf } from './secret-strength.ts'
import { readStagesConfig, STAGES_VARIABLES, type StagesConfig } from './stages-config.ts'

/** Everything an operator can set, read once from the environment. */
export interface Config {
  readonly host: string
  readonly port: number
  /** Seconds. */
  readonly ttl: { readonly minSeconds: number; readonly maxSeconds: number; readonly defaultSeconds: number }
  /** Bytes of log one room may hold. */
  readonly roomBytes: number
  /** How long a room with nobody and nothing in it is remembered, in seconds. */
  readonly lingerSeconds: number
  /** Signs tickets; `undefined`: one is made at the start, and a restart ends all tickets. */
  readonly secret: string | undefined
  /** `undefined`: the bus is this process's own memory. */
  readonly kafka: KafkaConfig | undefined
  readonly auth: AuthConfig
  readonly bots: BotsConfig
  readonly limits: LimitsConfig
  readonly admin: AdminConfig
  /** Origins besides the page's own that may connect. */
  readonly origins: readonly string[]
  readonly logLevel: LogLevel
  /** `undefined`: `/metrics` is not served. */
  readonly metrics: MetricsConfig | undefined
  /** How long ending may take. */
  readonly drainSeconds: number
  readonly stages: StagesConfig
}

export const LOG_LEVELS = ['silent', 'error', 'warn', 'info', 'debug'] as const
export type LogLevel = (typeof LOG_LEVELS)[number]

const ORIGINS = 'origins such as https://chat.example'
const isOrigin = (part: string): boolean => URL.canParse(part) && new URL(part).origin === part

/** Every variable the gateway knows. The table in docs/configuration.md is held to this by a test. */
export const VARIABLES = {
  PORT: variable('The port to listen on; 0 takes a free one', '8080', wholeNumber(0, 65_535)),
  HOST: variable('The address to listen on', 'localhost', anyText),
  WR_TTL_MIN: variable(
    'The shortest time to live a room may have, in seconds',
    '120',
    wholeNumber(1, 86_400, 'seconds'),
  ),
  WR_TTL_MAX: variable(
    'The longest time to live a room may have, in seconds',
    '300',
    wholeNumber(1, 86_400, 'seconds'),
  ),
  WR_TTL_DEFAULT: variable('What a room has when nobody says, in seconds', '180', wholeNumber(1, 86_400, 'seconds')),
  WR_ROOM_BYTES: variable(
    'Memory the messages of one room may take, in bytes',
    '16777216',
    wholeNumber(65_536, 2 ** 40, 'bytes'),
  ),
  WR_LINGER: variable(
    'How long an empty room keeps its settings, in seconds',
    '900',
    wholeNumber(1, 86_400, 'seconds'),
  ),
  WR_SECRET: variable('Signs what members come back with; made at the start when empty', '', secretOrNothing),
  WR_SECRET_FILE: variable('A file with that secret', '', textOrNothing),
  ...KAFKA_VARIABLES,
  ...AUTH_VARIABLES,
  ...BOTS_VARIABLES,
  ...LIMITS_VARIABLES,
  ...ADMIN_VARIABLES,
  WR_ORIGINS: variable('Other origins that may connect, separated by commas', '', listOf(isOrigin, ORIGINS)),
  WR_LOG_LEVEL: variable(`One of ${LOG_LEVELS.join(', ')}`, 'info', oneOf(...LOG_LEVELS)),
  ...OPERATIONS_VARIABLES,
  ...STAGES_VARIABLES,
  WR_CONFIG: variable('A file with settings, one NAME=value a line', '', textOrNothing),
} as const

/**
 * Reads the configuration.
 *
 * @throws ConfigError with every mistake: an unknown `WR_` variable, a mistyped `KAFKA_` one, one that is out of its range, a file that cannot be read, and
 *   those that contradict each other.
 */
export function readConfig(environment: Environment): Config {
  const variables = reader(environment, VARIABLES)
  const parts = {
    host: () => variables.value('HOST'),
    port: () => variables.value('PORT'),
    ttl: () => readTtl(variables),
    roomBytes: () => variables.value('WR_ROOM_BYTES'),
    lingerSeconds: () => variables.value('WR_LINGER'),
    secret: () => secretValue(environment, 'WR_SECRET', VARIABLES.WR_SECRET),
    kafka: () => readKafkaConfig(environment),
    auth: () => readAuthConfig(environment),
    bots: () => readBotsConfig(environment),
    limits: () => readLimitsConfig(environment),
    admin: () => readAdminConfig(environment),
    origins: () => variables.value('WR_ORIGINS'),
    logLevel: () => variables.value('WR_LOG_LEVEL'),
    metrics: () => readMetricsConfig(environment, () => variables.value('PORT')),
    drainSeconds: () => variables.value('WR_DRAIN_SECONDS'),
    stages: () => readStagesConfig(environment),
  }
  return Object.freeze(readAll(parts, checksOf(environment, variables)))
}

type AllVariables = Reader<keyof typeof VARIABLES, typeof VARIABLES>

/** What is asked of every variable alike, and of those that belong to different parts. */
function* checksOf(environment: Environment, variables: AllVariables): Generator<() => void> {
  for (const name of Object.keys(environment)) {
    const mistake = isVariable(name) ? undefined : unknownIn(name)
    if (mistake !== undefined)
      yield () => {
        throw new ConfigError(mistake)
      }
  }
  for (const name of Object.keys(VARIABLES).filter(isVariable)) {
    yield () => variables.value(name)
    // All others are read for what they hold.
    if (/^KAFKA_.*_FILE$/.test(name) && isSet(environment, name)) yield () => checkFile(name, environment[name] ?? '')
  }
  yield () => checkMemory(variables)
  const isShared = isSet(environment, 'KAFKA_BROKERS')
  if (isShared && !isSet(environment, 'WR_SECRET') && !isSet(environment, 'WR_SECRET_FILE'))
    yield () => {
      throw new ConfigError('WR_SECRET must be set, the same for all gateways, where KAFKA_BROKERS is')
    }
}

/** What platforms and images of others add to names of their own: a service called `kafka-tls` sets `KAFKA_TLS_PORT`. */
const OTHERS = /_(?:HOST|PORT|SERVICE|TYPE|ENABLED)(?:_|$)/

/** @returns what is wrong with a name that is no setting; `undefined`: it may well be somebody else's. */
function unknownIn(name: string): string | undefined {
  const isOurs = name.startsWith('WR_')
  if (!isOurs && (!name.startsWith('KAFKA_') || OTHERS.test(name))) return undefined
  const meant = meantBy(name, Object.keys(VARIABLES))
  if (meant !== undefined) return `${name} is not a setting; ${meant} is`
  return isOurs ? `${name} is not a setting` : undefined
}

export function isVariable(name: string): name is keyof typeof VARIABLES {
  return Object.hasOwn(VARIABLES, name)
}

function readTtl(variables: AllVariables): Config['ttl'] {
  const parts = {
    minSeconds: () => variables.value('WR_TTL_MIN'),
    maxSeconds: () => variables.value('WR_TTL_MAX'),
    wanted: () => variables.value('WR_TTL_DEFAULT'),
  }
  const { minSeconds, maxSeconds, wanted } = readAll(parts, contradictionsOfTtl(variables))
  return { minSeconds, maxSeconds, defaultSeconds: Math.min(Math.max(wanted, minSeconds), maxSeconds) }
}

function* contradictionsOfTtl(variables: AllVariables): Generator<() => void> {
  const inOrder = (lower: TtlName, upper: TtlName, mistake: string) => () => {
    if (variables.value(lower) > variables.value(upper)) refuse(mistake)
  }
  yield inOrder('WR_TTL_MIN', 'WR_TTL_MAX', 'WR_TTL_MIN must not be above WR_TTL_MAX')
  if (!variables.isSet('WR_TTL_DEFAULT')) return
  const outside = 'WR_TTL_DEFAULT must lie between WR_TTL_MIN and WR_TTL_MAX'
  yield inOrder('WR_TTL_MIN', 'WR_TTL_DEFAULT', outside)
  yield inOrder('WR_TTL_DEFAULT', 'WR_TTL_MAX', outside)
}

type TtlName = 'WR_TTL_MIN' | 'WR_TTL_MAX' | 'WR_TTL_DEFAULT'

/** Who sets one of them only has the default of the other to live with. */
function checkMemory(variables: AllVariables): void {
  if (!variables.isSet('WR_MEMORY_LIMIT') || !variables.isSet('WR_ROOM_BYTES')) return
  const limit = variables.value('WR_MEMORY_LIMIT')
  if (limit > 0 && limit < variables.value('WR_ROOM_BYTES')) refuse('WR_MEMORY_LIMIT must not be below WR_ROOM_BYTES')
}

function secretOrNothing(text: string): string | undefined {
  if (text === '') return undefined
  if (text.length < 32) throw new Error('must have at least 32 characters')
  const weakness = weaknessOf(text)
  if (weakness !== undefined) throw new Error(weakness)
  return text
}
