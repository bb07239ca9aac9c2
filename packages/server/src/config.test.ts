import { expect, test } from 'vitest'
import { readConfig } from './config.ts'
import { ConfigError } from './environment.ts'

test('without any variable the defaults hold', () => {
  expect(readConfig({ PATH: '/bin', HOME: '/' })).toEqual({
    host: 'localhost',
    port: 8080,
    ttl: { minSeconds: 120, maxSeconds: 300, defaultSeconds: 180 },
    roomBytes: 16 * 1024 * 1024,
    lingerSeconds: 900,
    secret: undefined,
    kafka: undefined,
    origins: [],
    logLevel: 'info',
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
])('a wrong %s is refused by name, and not repeated', (name, value) => {
  const read = () => readConfig({ [name]: value })
  expect(read).toThrow(ConfigError)
  expect(read).toThrow(name)
  expect(read).not.toThrow('canary')
})

test('gateways that share a bus share a secret', () => {
  expect(() => readConfig({ KAFKA_BROKERS: 'localhost:9092' })).toThrow('WR_SECRET')
  const config = readConfig({ KAFKA_BROKERS: 'a:9092, b:9093', WR_SECRET: 'x'.repeat(32) })
  expect(config.kafka?.brokers).toEqual(['a:9092', 'b:9093'])
})
