import { execFileSync, spawn } from 'node:child_process'
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { readConfig, VARIABLES } from './config.ts'
import { ConfigError, type Environment } from './environment.ts'
import { readLimitsConfig } from './limits/limits-config.ts'

const SECRET = 'q7Zk2vJ9xW4mT1sB8nR5cL0yH3gD6fPa'
const folder = mkdtempSync(join(tmpdir(), 'wr-config-'))
afterAll(() => rmSync(folder, { recursive: true }))

function fileWith(text: string): string {
  const path = join(folder, `${Math.random()}`)
  writeFileSync(path, text)
  return path
}

function mistakesIn(environment: Environment): readonly string[] {
  try {
    readConfig(environment)
  } catch (error) {
    if (error instanceof ConfigError) return error.mistakes
    throw error
  }
  return []
}

test('without any variable the defaults hold', () => {
  expect(readConfig({ PATH: '/bin', HOME: '/' })).toEqual({
    host: 'localhost',
    port: 8080,
    ttl: { minSeconds: 120, maxSeconds: 300, defaultSeconds: 180 },
    roomBytes: 16 * 1024 * 1024,
    lingerSeconds: 900,
    secret: undefined,
    kafka: undefined,
    auth: { isRequired: false, secrets: [], jwksUrl: undefined, issuer: undefined, audience: undefined },
    bots: { tokens: [], isListing: true },
    limits: readLimitsConfig({}),
    admin: { token: undefined, abuseContact: undefined },
    origins: [],
    logLevel: 'info',
    metrics: undefined,
    drainSeconds: 20,
    stages: {
      unlisted: [],
      listed: [],
      words: undefined,
      filterMode: 'reject',
      plugins: [],
      pluginTimeoutMs: 1_000,
      pluginConcurrency: 64,
    },
  })
})

test('the default time to live follows the bounds when only those are given', () => {
  expect(readConfig({ WR_TTL_MIN: '1', WR_TTL_MAX: '5' }).ttl).toEqual({
    minSeconds: 1,
    maxSeconds: 5,
    defaultSeconds: 5,
  })
})

test.each([
  ['PORT', 'eighty'],
  ['PORT', '65536'],
  ['PORT', '-1'],
  ['PORT', '8e3'],
  ['WR_TTL_MIN', '0'],
  ['WR_TTL_MIN', '1.5'],
  ['WR_TTL_MIN', '301'],
  ['WR_TTL_DEFAULT', '60'],
  ['WR_ROOM_BYTES', '10'],
  ['WR_SECRET', 'canary'],
  ['WR_ORIGINS', 'canary.example'],
  ['WR_ORIGINS', 'https://canary.example/path'],
  ['WR_LOG_LEVEL', 'canary'],
  ['KAFKA_BROKERS', 'canary'],
  ['KAFKA_BROKERS', 'http://canary:9092'],
  ['WR_TTL_MAXX', '300'],
  ['KAFKA_BROKER', 'canary:9092'],
  ['KAFKA_SASL_PASSWORD', 'canary'],
])('a wrong %s is refused by name, and not repeated', (name, value) => {
  const read = () => readConfig({ [name]: value })
  expect(read).toThrow(ConfigError)
  expect(read).toThrow(name)
  expect(read).not.toThrow('canary')
})

test('what a mistyped name probably means is said', () => {
  expect(mistakesIn({ KAFKA_BROKER: 'kafka:9092', WR_TTL_MAXX: '300' })).toEqual([
    'KAFKA_BROKER is not a setting; KAFKA_BROKERS is',
    'WR_TTL_MAXX is not a setting; WR_TTL_MAX is',
  ])
})

test('what Kafka’s own scripts read, and what others say of it, is let be', () => {
  expect(mistakesIn({ KAFKA_HEAP_OPTS: '-Xmx1g', KAFKA_OPTS: '-Da=b', KAFKA_PORT_9092_TCP_ADDR: '10.0.0.9' })).toEqual(
    [],
  )
})

test('all that times to live contradict is told', () => {
  const outside = 'WR_TTL_DEFAULT must lie between WR_TTL_MIN and WR_TTL_MAX'
  expect(mistakesIn({ WR_TTL_MIN: '400', WR_TTL_MAX: '300', WR_TTL_DEFAULT: '500' })).toEqual([
    'WR_TTL_MIN must not be above WR_TTL_MAX',
    outside,
  ])
  expect(mistakesIn({ WR_TTL_MIN: '5m', WR_TTL_DEFAULT: '500' })).toEqual([
    expect.stringMatching(/^WR_TTL_MIN must be a whole number/),
    outside,
  ])
})

test.each<[string, Environment, Environment]>([
  [
    'WR_MEMORY_LIMIT must not be below WR_ROOM_BYTES',
    { WR_MEMORY_LIMIT: '100000', WR_ROOM_BYTES: '200000' },
    { WR_MEMORY_LIMIT: '0', WR_ROOM_BYTES: '200000' },
  ],
  [
    'WR_MAX_CONNECTIONS must not be below WR_MAX_CONNECTIONS_PER_ADDRESS',
    { WR_MAX_CONNECTIONS: '5', WR_MAX_CONNECTIONS_PER_ADDRESS: '6' },
    { WR_MAX_CONNECTIONS: '5' },
  ],
  ['WR_TRUSTED_PROXIES must not trust every address (/0)', { WR_TRUSTED_PROXIES: '10.0.0.1,::/0' }, {}],
  ['WR_TRUSTED_PROXIES must not trust every address (/0)', { WR_TRUSTED_PROXIES: '0.0.0.0/00' }, {}],
])('%s', (mistake, wrong, right) => {
  expect(mistakesIn(wrong)).toEqual([mistake])
  expect(mistakesIn(right)).toEqual([])
})

test('gateways that share a bus share a secret', () => {
  expect(() => readConfig({ KAFKA_BROKERS: 'localhost:9092' })).toThrow('WR_SECRET')
  const config = readConfig({ KAFKA_BROKERS: 'a:9092, b:9093', WR_SECRET: SECRET })
  expect(config.kafka?.brokers).toEqual(['a:9092', 'b:9093'])
})

test('all mistakes are told at once, each once, and none repeats a value', () => {
  const environment = {
    PORT: 'canary',
    WR_TTL_MIN: '400',
    WR_CANARY: 'canary',
    WR_TTL_MAXX: '1',
    WR_LOG_LEVEL: 'canary',
    KAFKA_BROKERS: 'kafka:9092',
    KAFKA_USERNAME: 'canary',
    KAFKA_PASSWORD: 'canary',
    KAFKA_CA_FILE: '/no/canary',
    WR_METRICS_TOKEN: 'canary',
  }
  const mistakes = mistakesIn(environment)
  const names = mistakes.map((mistake) => mistake.split(' ')[0])
  expect(names).toHaveLength(10)
  expect(new Set(names)).toEqual(
    new Set([
      'KAFKA_CA_FILE',
      'KAFKA_PASSWORD',
      'KAFKA_USERNAME',
      'PORT',
      'WR_CANARY',
      'WR_LOG_LEVEL',
      'WR_METRICS_TOKEN',
      'WR_SECRET',
      'WR_TTL_MAXX',
      'WR_TTL_MIN',
    ]),
  )
  expect(mistakes.join()).not.toContain('canary')
  expect(() => readConfig(environment)).toThrow(/^10 settings are wrong:\n {2}\S/)
})

describe('a number is digits and nothing else', () => {
  const numbers = Object.entries(VARIABLES).filter(([, { read }]) => typeof tried(read, '100') === 'number')

  test('there are some', () => {
    expect(numbers.length).toBeGreaterThan(5)
  })

  test.each(numbers)('%s', (name) => {
    for (const value of [
      '5m',
      '300s',
      '1 ',
      ' 1',
      '-1',
      '+1',
      '1.0',
      '1e2',
      '0x10',
      '1_000',
      '1,000',
      'NaN',
      'Infinity',
      '٣',
    ])
      expect(
        mistakesIn({ [name]: value }).filter((mistake) => mistake.startsWith(`${name} must be a whole number`)),
      ).toHaveLength(1)
  })

  function tried(read: (text: string) => unknown, text: string): unknown {
    try {
      return read(text)
    } catch {
      return undefined
    }
  }
})

test('what a number counts is said', () => {
  expect(mistakesIn({ WR_TTL_MAX: '5m' })).toEqual([
    'WR_TTL_MAX must be a whole number of seconds, without a unit, from 1 to 86400',
  ])
  expect(mistakesIn({ WR_ROOM_BYTES: '16MB' })[0]).toContain('of bytes, without a unit,')
})

describe('a secret in a file', () => {
  const secret = SECRET

  test('is read without the line break at its end', () => {
    expect(readConfig({ WR_SECRET_FILE: fileWith(`${secret}\n`) }).secret).toBe(secret)
    expect(readConfig({ WR_METRICS_TOKEN_FILE: fileWith(secret) }).metrics).toEqual({ port: undefined, token: secret })
  })

  test.each<[string, () => Environment]>([
    ['WR_SECRET_FILE names a file that cannot be read (ENOENT)', () => ({ WR_SECRET_FILE: join(folder, 'canary') })],
    ['WR_SECRET_FILE names a file that cannot be read (EISDIR)', () => ({ WR_SECRET_FILE: folder })],
    ['WR_SECRET_FILE names a file that is empty', () => ({ WR_SECRET_FILE: fileWith('\n') })],
    ['WR_SECRET_FILE must have at least 32 characters', () => ({ WR_SECRET_FILE: fileWith('canary') })],
    ['WR_SECRET_FILE names what is neither a file nor a pipe', () => ({ WR_SECRET_FILE: '/dev/zero' })],
    [
      'WR_SECRET_FILE names a file of more than 1048576 bytes',
      () => ({ WR_SECRET_FILE: fileWith('x'.repeat(2 ** 20 + 1)) }),
    ],
    [
      'WR_SECRET_FILE must be random: take what `openssl rand -base64 33` prints',
      () => ({ WR_SECRET_FILE: fileWith(' '.repeat(34)) }),
    ],
    ['WR_SECRET_FILE contradicts WR_SECRET', () => ({ WR_SECRET: secret, WR_SECRET_FILE: fileWith(secret) })],
  ])('%s', (mistake, environment) => {
    expect(mistakesIn(environment())).toEqual([mistake])
  })

  test('counts as a secret that gateways share', () => {
    const config = readConfig({ KAFKA_BROKERS: 'a:9092', WR_SECRET_FILE: fileWith(secret) })
    expect(config.secret).toBe(secret)
  })
})

test('a secret is read through links, and from a pipe', () => {
  const link = join(folder, 'link')
  symlinkSync(fileWith(SECRET), link)
  expect(readConfig({ WR_SECRET_FILE: link }).secret).toBe(SECRET)
  const pipe = join(folder, 'pipe')
  execFileSync('mkfifo', [pipe])
  const writer = spawn('sh', ['-c', 'printf %s "$1" > "$2"', 'sh', SECRET, pipe])
  expect(readConfig({ WR_SECRET_FILE: pipe }).secret).toBe(SECRET)
  writer.unref()
})

test('what a file of a token holds is judged where PORT is wrong as well', () => {
  expect(mistakesIn({ PORT: 'x', WR_METRICS_TOKEN_FILE: fileWith('canary') }).map((one) => one.split(' ')[0])).toEqual([
    'PORT',
    'WR_METRICS_TOKEN_FILE',
  ])
})

test('metrics are served on a port of their own, behind a token, or both', () => {
  const token = 'a-token-of-metrics'
  expect(readConfig({ WR_METRICS_PORT: '9100' }).metrics).toEqual({ port: 9100, token: undefined })
  expect(readConfig({ WR_METRICS_TOKEN: token }).metrics).toEqual({ port: undefined, token })
  expect(readConfig({ WR_METRICS_TOKEN: token, WR_METRICS_PORT: '0', PORT: '0' }).metrics).toEqual({ port: 0, token })
  expect(mistakesIn({ PORT: '9100', WR_METRICS_PORT: '9100' })).toHaveLength(1)
})
