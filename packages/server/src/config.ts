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
  /** `host:port` of some brokers; empty: the bus is this process's own memory. */
  readonly kafkaBrokers: readonly string[]
  /** Origins besides the page's own that may connect. */
  readonly origins: readonly string[]
  readonly logLevel: LogLevel
}

export const LOG_LEVELS = ['silent', 'error', 'warn', 'info', 'debug'] as const
export type LogLevel = (typeof LOG_LEVELS)[number]

/** One variable: what it means, its default as one would write it, and how it is read. */
interface Variable<T> {
  readonly about: string
  readonly fallback: string
  /** @throws Error saying what the value should have been. */
  readonly read: (text: string) => T
}

const variable = <T>(about: string, fallback: string, read: (text: string) => T): Variable<T> => ({
  about,
  fallback,
  read,
})

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
  KAFKA_BROKERS: variable(
    'Some brokers of an Apache Kafka that carries the messages, as host:port, separated by commas',
    '',
    listOfBrokers,
  ),
  WR_ORIGINS: variable('Other origins that may connect, separated by commas', '', listOfOrigins),
  WR_LOG_LEVEL: variable(`One of ${LOG_LEVELS.join(', ')}`, 'info', logLevel),
} as const

/** The environment is wrong; the message names the variable and says what it should be, and repeats no value. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError'
}

/**
 * Reads the configuration.
 *
 * @throws ConfigError for an unknown `WR_` variable, or one that is out of its range.
 */
export function readConfig(environment: Readonly<Record<string, string | undefined>>): Config {
  for (const name of Object.keys(environment))
    if (name.startsWith('WR_') && !Object.hasOwn(VARIABLES, name)) throw new ConfigError(`${name} is not a setting`)

  function read<T>(name: keyof typeof VARIABLES, { fallback, read: parse }: Variable<T>): T {
    const given = environment[name]
    try {
      return parse(given === undefined || given === '' ? fallback : given)
    } catch (error) {
      throw new ConfigError(`${name} ${error instanceof Error ? error.message : 'is wrong'}`)
    }
  }

  const ttl = {
    minSeconds: read('WR_TTL_MIN', VARIABLES.WR_TTL_MIN),
    maxSeconds: read('WR_TTL_MAX', VARIABLES.WR_TTL_MAX),
    defaultSeconds: read('WR_TTL_DEFAULT', VARIABLES.WR_TTL_DEFAULT),
  }
  if (ttl.minSeconds > ttl.maxSeconds) throw new ConfigError('WR_TTL_MIN must not be above WR_TTL_MAX')
  const given = environment['WR_TTL_DEFAULT'] !== undefined && environment['WR_TTL_DEFAULT'] !== ''
  if (given && (ttl.defaultSeconds < ttl.minSeconds || ttl.defaultSeconds > ttl.maxSeconds))
    throw new ConfigError('WR_TTL_DEFAULT must lie between WR_TTL_MIN and WR_TTL_MAX')

  const kafkaBrokers = read('KAFKA_BROKERS', VARIABLES.KAFKA_BROKERS)
  const secret = read('WR_SECRET', VARIABLES.WR_SECRET)
  if (kafkaBrokers.length > 0 && secret === undefined)
    throw new ConfigError('WR_SECRET must be set, the same for all gateways, where KAFKA_BROKERS is')

  return Object.freeze({
    host: read('HOST', VARIABLES.HOST),
    port: read('PORT', VARIABLES.PORT),
    ttl: {
      ...ttl,
      defaultSeconds: Math.min(Math.max(ttl.defaultSeconds, ttl.minSeconds), ttl.maxSeconds),
    },
    roomBytes: read('WR_ROOM_BYTES', VARIABLES.WR_ROOM_BYTES),
    lingerSeconds: read('WR_LINGER', VARIABLES.WR_LINGER),
    secret,
    kafkaBrokers,
    origins: read('WR_ORIGINS', VARIABLES.WR_ORIGINS),
    logLevel: read('WR_LOG_LEVEL', VARIABLES.WR_LOG_LEVEL),
  })
}

function wholeNumber(min: number, max: number): (text: string) => number {
  return (text) => {
    const value = /^\d+$/.test(text) ? Number(text) : Number.NaN
    if (!(value >= min && value <= max)) throw new Error(`must be a whole number from ${min} to ${max}`)
    return value
  }
}

function anyText(text: string): string {
  return text
}

function secretOrNothing(text: string): string | undefined {
  if (text === '') return undefined
  if (text.length < 32) throw new Error('must have at least 32 characters')
  return text
}

function listOfOrigins(text: string): readonly string[] {
  const origins = text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '')
  if (!origins.every((part) => URL.canParse(part) && new URL(part).origin === part))
    throw new Error('must be origins such as https://chat.example, separated by commas')
  return origins
}

function listOfBrokers(text: string): readonly string[] {
  const brokers = text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '')
  if (!brokers.every((part) => /^[^\s:/]+:\d{1,5}$/.test(part)))
    throw new Error('must be brokers such as kafka-1:9092, separated by commas')
  return brokers
}

function logLevel(text: string): LogLevel {
  const level = LOG_LEVELS.find((known) => known === text)
  if (level === undefined) throw new Error(`must be one of ${LOG_LEVELS.join(', ')}`)
  return level
}
