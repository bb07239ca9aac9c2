import {
  anyText,
  ConfigError,
  type Environment,
  listOf,
  oneOf,
  type Reader,
  reader,
  variable,
  wholeNumber,
} from './environment.ts'
import { KAFKA_VARIABLES, type KafkaConfig, readKafkaConfig } from './kafka-config.ts'

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
  /** Origins besides the page's own that may connect. */
  readonly origins: readonly string[]
  readonly logLevel: LogLevel
}

export const LOG_LEVELS = ['silent', 'error', 'warn', 'info', 'debug'] as const
export type LogLevel = (typeof LOG_LEVELS)[number]

const ORIGINS = 'origins such as https://chat.example'
const isOrigin = (part: string): boolean => URL.canParse(part) && new URL(part).origin === part

/** Every variable the gateway knows. The table in the README is held to this by a test. */
export const VARIABLES = {
  PORT: variable('The port to listen on; 0 takes a free one', '8080', wholeNumber(0, 65_535)),
  HOST: variable('The address to listen on', 'localhost', anyText),
  WR_TTL_MIN: variable('The shortest time to live a room may have, in seconds', '120', wholeNumber(1, 86_400)),
  WR_TTL_MAX: variable('The longest time to live a room may have, in seconds', '300', wholeNumber(1, 86_400)),
  WR_TTL_DEFAULT: variable('What a room has when nobody says, in seconds', '180', wholeNumber(1, 86_400)),
  WR_ROOM_BYTES: variable(
    'Memory the messages of one room may take, in bytes',
    '16777216',
    wholeNumber(65_536, 2 ** 40),
  ),
  WR_LINGER: variable('How long an empty room keeps its settings, in seconds', '900', wholeNumber(1, 86_400)),
  WR_SECRET: variable('Signs what members come back with; made at the start when empty', '', secretOrNothing),
  ...KAFKA_VARIABLES,
  WR_ORIGINS: variable('Other origins that may connect, separated by commas', '', listOf(isOrigin, ORIGINS)),
  WR_LOG_LEVEL: variable(`One of ${LOG_LEVELS.join(', ')}`, 'info', oneOf(...LOG_LEVELS)),
} as const

/**
 * Reads the configuration.
 *
 * @throws ConfigError for an unknown `WR_` variable, one that is out of its range, and those that contradict each other.
 */
export function readConfig(environment: Environment): Config {
  for (const name of Object.keys(environment))
    if (name.startsWith('WR_') && !Object.hasOwn(VARIABLES, name)) throw new ConfigError(`${name} is not a setting`)

  const variables = reader(environment, VARIABLES)
  const kafka = readKafkaConfig(environment)
  const secret = variables.value('WR_SECRET')
  if (kafka !== undefined && secret === undefined)
    throw new ConfigError('WR_SECRET must be set, the same for all gateways, where KAFKA_BROKERS is')

  return Object.freeze({
    host: variables.value('HOST'),
    port: variables.value('PORT'),
    ttl: readTtl(variables),
    roomBytes: variables.value('WR_ROOM_BYTES'),
    lingerSeconds: variables.value('WR_LINGER'),
    secret,
    kafka,
    origins: variables.value('WR_ORIGINS'),
    logLevel: variables.value('WR_LOG_LEVEL'),
  })
}

function readTtl(variables: Reader<keyof typeof VARIABLES, typeof VARIABLES>): Config['ttl'] {
  const minSeconds = variables.value('WR_TTL_MIN')
  const maxSeconds = variables.value('WR_TTL_MAX')
  const wanted = variables.value('WR_TTL_DEFAULT')
  if (minSeconds > maxSeconds) throw new ConfigError('WR_TTL_MIN must not be above WR_TTL_MAX')
  const defaultSeconds = Math.min(Math.max(wanted, minSeconds), maxSeconds)
  if (variables.isSet('WR_TTL_DEFAULT') && wanted !== defaultSeconds)
    throw new ConfigError('WR_TTL_DEFAULT must lie between WR_TTL_MIN and WR_TTL_MAX')
  return { minSeconds, maxSeconds, defaultSeconds }
}

function secretOrNothing(text: string): string | undefined {
  if (text === '') return undefined
  if (text.length < 32) throw new Error('must have at least 32 characters')
  return text
}
