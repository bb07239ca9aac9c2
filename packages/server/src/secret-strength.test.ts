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
  'a secret of 32 characters or more',
  ' '.repeat(34),
]

test.each(WEAK)('a secret such as %o is refused wherever it is given, and not repeated', (secret) => {
  for (const name of ['WR_SECRET', 'WR_ADMIN_TOKEN', 'WR_METRICS_TOKEN']) {
    const read = () => readConfig({ [name]: secret })
    expect(read).toThrow(ConfigError)
    expect(read).toThrow(new RegExp(`${name} must `))
    expect(read).not.toThrow(secret)
  }
})

test('random secrets are strong', () => {
  for (let i = 0; i < 1_000; i++) {
    expect(weaknessOf(randomBytes(24).toString('base64'))).toBeUndefined()
    expect(weaknessOf(randomBytes(32).toString('hex'))).toBeUndefined()
  }
  expect(weaknessOf('what both gateways know and nobody else')).toBeUndefined()
})
