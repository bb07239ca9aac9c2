import { describe, expect, test } from 'vitest'
import { ConfigError, type Environment } from './environment.ts'
import { readKafkaConfig } from './kafka-config.ts'

const withBrokers = (environment: Environment) => readKafkaConfig({ KAFKA_BROKERS: 'kafka:9092', ...environment })

const SCRAM = { KAFKA_SASL: 'scram-sha-512', KAFKA_USERNAME: 'ada', KAFKA_PASSWORD: 'secret' }
const GRANT = {
  KAFKA_SASL: 'oauthbearer',
  KAFKA_TOKEN_URL: 'https://id.example/token',
  KAFKA_CLIENT_ID: 'gateway',
  KAFKA_CLIENT_SECRET: 'secret',
}

test('without brokers there is no Kafka, and with them alone it is spoken to plainly', () => {
  expect(readKafkaConfig({})).toBeUndefined()
  expect(withBrokers({})).toEqual({
    brokers: ['kafka:9092'],
    client: 'platformatic',
    manageTopics: undefined,
    isInMemory: false,
    tls: undefined,
    sasl: undefined,
  })
})

test('the library, the care of topics and where logs are kept can be chosen', () => {
  const chosen = { WR_KAFKA_CLIENT: 'kafkajs', WR_KAFKA_MANAGE_TOPICS: 'false', WR_KAFKA_TMPFS: 'true' }
  expect(withBrokers(chosen)).toMatchObject({ client: 'kafkajs', manageTopics: false, isInMemory: true })
})

describe('TLS', () => {
  const files = { caFile: undefined, certFile: undefined, keyFile: undefined }

  test.each<[Environment, object | undefined]>([
    [{ KAFKA_TLS: 'true' }, files],
    [{ KAFKA_CA_FILE: '/ca.pem' }, { ...files, caFile: '/ca.pem' }],
    [
      { KAFKA_CERT_FILE: '/cert.pem', KAFKA_KEY_FILE: '/key.pem' },
      { ...files, certFile: '/cert.pem', keyFile: '/key.pem' },
    ],
    [SCRAM, files],
    [{ ...SCRAM, KAFKA_TLS: 'false' }, undefined],
  ])('%o', (environment, tls) => {
    expect(withBrokers(environment)?.tls).toEqual(tls)
  })
})

describe('SASL', () => {
  test.each<[Environment, object]>([
    [
      { KAFKA_SASL: 'plain', KAFKA_USERNAME: 'ada', KAFKA_PASSWORD_FILE: '/password' },
      { mechanism: 'PLAIN', username: 'ada', password: { file: '/password' } },
    ],
    [SCRAM, { mechanism: 'SCRAM-SHA-512', username: 'ada', password: { text: 'secret' } }],
    [
      { KAFKA_SASL: 'oauthbearer', KAFKA_TOKEN_FILE: '/token' },
      { mechanism: 'OAUTHBEARER', token: { file: '/token' } },
    ],
    [
      { ...GRANT, KAFKA_TOKEN_SCOPE: 'kafka' },
      {
        mechanism: 'OAUTHBEARER',
        token: {
          url: 'https://id.example/token',
          clientId: 'gateway',
          clientSecret: { text: 'secret' },
          scope: 'kafka',
        },
      },
    ],
    [{ ...GRANT, KAFKA_TOKEN_URL: 'http://localhost:1/' }, { token: { url: 'http://localhost:1/' } }],
  ])('%o', (environment, sasl) => {
    expect(withBrokers(environment)?.sasl).toMatchObject(sasl)
  })
})

describe('what is wrong is refused by name, and not repeated', () => {
  test.each<[string, Environment]>([
    ['KAFKA_BROKERS', { KAFKA_BROKERS: 'canary' }],
    ['KAFKA_BROKERS', { KAFKA_BROKERS: 'kafka:9092,canary:99999' }],
    ['KAFKA_BROKERS', { KAFKA_BROKERS: 'canary:0' }],
    ['KAFKA_TLS', { KAFKA_TLS: 'canary' }],
    ['KAFKA_SASL', { KAFKA_SASL: 'canary' }],
    ['KAFKA_TOKEN_URL', { ...GRANT, KAFKA_TOKEN_URL: 'canary' }],
    ['KAFKA_TOKEN_URL', { ...GRANT, KAFKA_TOKEN_URL: 'http://canary.example/' }],
    ['WR_KAFKA_CLIENT', { WR_KAFKA_CLIENT: 'canary' }],
    ['WR_KAFKA_MANAGE_TOPICS', { WR_KAFKA_MANAGE_TOPICS: 'canary' }],
    ['WR_KAFKA_TMPFS', { WR_KAFKA_TMPFS: 'canary' }],
  ])('%s', (name, environment) => {
    expect(() => withBrokers(environment)).toThrow(ConfigError)
    expect(() => withBrokers(environment)).toThrow(name)
    expect(() => withBrokers(environment)).not.toThrow('canary')
  })
})

describe('what contradicts itself is refused, and the message names what is missing or too much', () => {
  test.each<[string, Environment]>([
    ['KAFKA_USERNAME is of no use without KAFKA_BROKERS', { KAFKA_BROKERS: '', KAFKA_USERNAME: 'ada' }],
    ['WR_KAFKA_TMPFS is of no use without KAFKA_BROKERS', { KAFKA_BROKERS: undefined, WR_KAFKA_TMPFS: 'true' }],
    ['KAFKA_CA_FILE is of no use with KAFKA_TLS=false', { KAFKA_TLS: 'false', KAFKA_CA_FILE: '/canary' }],
    ['KAFKA_CERT_FILE needs KAFKA_KEY_FILE', { KAFKA_CERT_FILE: '/canary' }],
    ['KAFKA_KEY_FILE needs KAFKA_CERT_FILE', { KAFKA_KEY_FILE: '/canary' }],
    ['KAFKA_USERNAME is of no use without KAFKA_SASL', { KAFKA_USERNAME: 'canary' }],
    ['KAFKA_TOKEN_FILE is of no use without KAFKA_SASL', { KAFKA_TOKEN_FILE: '/canary' }],
    ['KAFKA_SASL=plain needs KAFKA_USERNAME', { KAFKA_SASL: 'plain', KAFKA_PASSWORD: 'canary' }],
    ['KAFKA_USERNAME needs KAFKA_PASSWORD or', { ...SCRAM, KAFKA_PASSWORD: '' }],
    ['KAFKA_PASSWORD_FILE contradicts KAFKA_PASSWORD', { ...SCRAM, KAFKA_PASSWORD_FILE: '/canary' }],
    ['KAFKA_TOKEN_FILE is of no use with KAFKA_SASL=scram', { ...SCRAM, KAFKA_TOKEN_FILE: '/canary' }],
    ['needs KAFKA_TOKEN_FILE or KAFKA_TOKEN_URL', { KAFKA_SASL: 'oauthbearer' }],
    ['KAFKA_USERNAME is of no use with KAFKA_SASL=oauthbearer', { ...GRANT, KAFKA_USERNAME: 'canary' }],
    ['KAFKA_TOKEN_URL is of no use with KAFKA_TOKEN_FILE', { ...GRANT, KAFKA_TOKEN_FILE: '/canary' }],
    ['KAFKA_TOKEN_URL needs KAFKA_CLIENT_ID', { ...GRANT, KAFKA_CLIENT_ID: '' }],
    ['KAFKA_CLIENT_ID needs KAFKA_CLIENT_SECRET or', { ...GRANT, KAFKA_CLIENT_SECRET: '' }],
  ])('%s', (message, environment) => {
    expect(() => withBrokers(environment)).toThrow(ConfigError)
    expect(() => withBrokers(environment)).toThrow(message)
    expect(() => withBrokers(environment)).not.toThrow('canary')
  })
})

describe('all that contradicts itself is told at once', () => {
  function mistakesIn(environment: Environment): readonly string[] {
    try {
      withBrokers(environment)
    } catch (error) {
      if (error instanceof ConfigError) return error.mistakes
      throw error
    }
    return []
  }

  test('with a user, beside brokers and certificates that are wrong', () => {
    const environment = {
      KAFKA_BROKERS: ' , ',
      KAFKA_CERT_FILE: '/cert.pem',
      KAFKA_SASL: 'plain',
      KAFKA_TOKEN_FILE: '/token',
    }
    expect(mistakesIn(environment).toSorted()).toEqual([
      'KAFKA_BROKERS must name a broker such as kafka-1:9092',
      'KAFKA_CERT_FILE needs KAFKA_KEY_FILE',
      'KAFKA_SASL=plain needs KAFKA_USERNAME',
      'KAFKA_TOKEN_FILE is of no use with KAFKA_SASL=plain',
      'KAFKA_USERNAME needs KAFKA_PASSWORD or KAFKA_PASSWORD_FILE',
    ])
  })

  test('with a grant', () => {
    const environment = { ...GRANT, KAFKA_USERNAME: 'ada', KAFKA_CLIENT_ID: '', KAFKA_CLIENT_SECRET_FILE: '/secret' }
    expect(mistakesIn(environment).toSorted()).toEqual([
      'KAFKA_CLIENT_SECRET_FILE contradicts KAFKA_CLIENT_SECRET',
      'KAFKA_TOKEN_URL needs KAFKA_CLIENT_ID',
      'KAFKA_USERNAME is of no use with KAFKA_SASL=oauthbearer',
    ])
  })
})
