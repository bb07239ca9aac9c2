import { randomBytes } from 'node:crypto'
import { expect, test } from 'vitest'
import { readConfig } from './config.ts'
import { ConfigError } from './environment.ts'
import { weaknessOf } from './secret-strength.ts'

const WEAK = [
  'a'.repeat(40),
  'abc'.repeat(20),
  '12'.repeat(16),
  'at-least-32-characters-long-for-all',
  'changeme-changeme-changeme-please-now',
  'this-is-an-example-secret-for-the-docs',
]

test.each(WEAK)('in production the secret %s is refused, and not repeated', (secret) => {
  for (const more of [{ NODE_ENV: 'production' }, { KAFKA_BROKERS: 'localhost:9092' }]) {
    const read = () => readConfig({ WR_SECRET: secret, ...more })
    expect(read).toThrow(ConfigError)
    expect(read).toThrow(/WR_SECRET must /)
    expect(read).not.toThrow(secret)
  }
})

test('on one’s own machine any secret that is long enough will do', () => {
  for (const secret of WEAK) expect(readConfig({ WR_SECRET: secret }).secret).toBe(secret)
})

test('random secrets are strong', () => {
  for (let i = 0; i < 1_000; i++) {
    expect(weaknessOf(randomBytes(24).toString('base64'))).toBeUndefined()
    expect(weaknessOf(randomBytes(32).toString('hex'))).toBeUndefined()
  }
  expect(weaknessOf('what both gateways know and nobody else')).toBeUndefined()
})
