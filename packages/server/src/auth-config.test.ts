import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { readAuthConfig } from './auth-config.ts'
import { ConfigError, type Environment } from './environment.ts'

const ONE = 'q7Zk2vJ9xW4mT1sB8nR5cL0yH3gD6fPa'
const TWO = 'R3nW8pK5tB2yM7vC4xG9jH6sL1dQ0zFe'
const folder = mkdtempSync(join(tmpdir(), 'wr-auth-'))
afterAll(() => rmSync(folder, { recursive: true }))

function mistakesIn(environment: Environment): readonly string[] {
  try {
    readAuthConfig(environment)
  } catch (error) {
    if (error instanceof ConfigError) return error.mistakes
    throw error
  }
  return []
}

test('secrets come one by one or several, from the environment or a file', () => {
  const file = join(folder, 'secrets')
  writeFileSync(file, `${ONE},${TWO}\n`)
  const secrets = (environment: Environment) => readAuthConfig({ WR_AUTH: 'token', ...environment }).secrets
  expect(secrets({ WR_JWT_SECRET: ONE })).toEqual([ONE])
  expect(secrets({ WR_JWT_SECRET: `${ONE}, ${TWO}` })).toEqual([ONE, TWO])
  expect(secrets({ WR_JWT_SECRET_FILE: file })).toEqual([ONE, TWO])
})

test.each([
  ['https://id.example/keys', true],
  ['http://localhost:8081/keys', true],
  ['http://127.0.0.1/keys', true],
  ['http://[::1]:8081/keys', true],
  ['http://canary.example/keys', false],
  ['http://localhost.canary.example/keys', false],
  ['http://127.0.0.1.canary.example/keys', false],
  ['https://user:canary@id.example/keys', false],
  ['file:///etc/canary', false],
  ['canary', false],
])('keys may be at %s: %s', (url, isAllowed) => {
  const mistakes = mistakesIn({ WR_AUTH: 'token', WR_JWKS_URL: url })
  expect(mistakes).toEqual(isAllowed ? [] : [expect.stringMatching(/^WR_JWKS_URL must be an https: URL/)])
  expect(mistakes.join()).not.toContain('canary')
})

test.each<[string, Environment]>([
  ['WR_AUTH must be one of open, token', { WR_AUTH: 'canary' }],
  ['WR_AUTH=token needs WR_JWT_SECRET or WR_JWKS_URL', { WR_AUTH: 'token', WR_JWT_ISSUER: 'canary' }],
  ['WR_JWT_SECRET must have at least 32 characters', { WR_JWT_SECRET: 'canary' }],
  ['WR_JWT_SECRET must have at least 32 characters', { WR_JWT_SECRET: `${ONE},canary` }],
  ['WR_JWT_SECRET must have at least 32 characters', { WR_JWT_SECRET: `${ONE},` }],
  ['WR_JWT_SECRET must not be an example', { WR_JWT_SECRET: `${ONE},canary-change-me-canary-change-me` }],
  ['WR_JWT_SECRET must be random', { WR_JWT_SECRET: 'canary'.repeat(6) }],
])('%s', (mistake, environment) => {
  const mistakes = mistakesIn(environment)
  expect(mistakes).toEqual([expect.stringContaining(mistake)])
  expect(mistakes.join()).not.toContain('canary')
})

test('all mistakes are told at once', () => {
  const mistakes = mistakesIn({ WR_AUTH: 'token', WR_JWT_SECRET: 'short', WR_JWKS_URL: 'ftp://keys' })
  expect(mistakes).toEqual([expect.stringMatching(/^WR_JWT_SECRET /), expect.stringMatching(/^WR_JWKS_URL /)])
})
