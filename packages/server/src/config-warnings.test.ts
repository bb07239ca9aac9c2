import { expect, test } from 'vitest'
import { readConfig } from './config.ts'
import { warningsOf } from './config-warnings.ts'
import type { Environment } from './environment.ts'

const PLAIN = {
  KAFKA_BROKERS: 'kafka:9092',
  WR_SECRET: 'q7Zk2vJ9xW4mT1sB8nR5cL0yH3gD6fPa',
  KAFKA_SASL: 'plain',
  KAFKA_USERNAME: 'canary',
  KAFKA_PASSWORD: 'canary',
}
const SCRAM = { ...PLAIN, KAFKA_SASL: 'scram-sha-512' }

test.each<[string, Environment]>([
  ['KAFKA_SASL=plain with KAFKA_TLS=false', { ...PLAIN, KAFKA_TLS: 'false' }],
  ['WR_JWT_SECRET without WR_AUTH=token', { WR_JWT_SECRET: PLAIN.WR_SECRET }],
  [
    'WR_JWKS_URL, WR_JWT_ISSUER, WR_JWT_AUDIENCE without WR_AUTH=token',
    { WR_AUTH: 'open', WR_JWKS_URL: 'https://canary.test', WR_JWT_ISSUER: 'canary', WR_JWT_AUDIENCE: 'canary' },
  ],
  ['WR_MEMORY_LIMIT is below WR_ROOM_BYTES', { WR_MEMORY_LIMIT: '100000' }],
])('%s is warned of, and nothing is repeated', (warning, environment) => {
  const warnings = warningsOf(readConfig(environment))
  expect(warnings).toEqual([expect.stringContaining(warning)])
  expect(warnings.join()).not.toContain('canary')
})

test.each<[Environment]>([
  [{}],
  [PLAIN],
  [{ ...SCRAM, KAFKA_TLS: 'false' }],
  [{ WR_AUTH: 'token', WR_JWT_SECRET: PLAIN.WR_SECRET, WR_JWT_AUDIENCE: 'chat' }],
  [{ WR_MEMORY_LIMIT: '0', WR_ROOM_BYTES: '2000000000' }],
])('there is nothing to warn of in %o', (environment) => {
  expect(warningsOf(readConfig(environment))).toEqual([])
})
