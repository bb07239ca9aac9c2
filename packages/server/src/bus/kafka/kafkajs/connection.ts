import type { Kafka, KafkaConfig, Mechanism } from 'kafkajs'
import type { ConnectionSettings, DriverOptions, SaslSettings } from '../driver.ts'
import { kafkajs } from './library.ts'

const CONNECT_MS = 2_000
const REQUEST_MS = 5_000

/** The length of what is said in an authentication, which is before it. */
const LENGTH_BYTES = 4

/** Short and few: an idempotent producer must retry at least once, and who waits wants to know soon. */
export const RETRY = { retries: 1, initialRetryTime: 100, maxRetryTime: 500 } as const

/** What makes producers, consumers and admins that speak as the options say. */
export function connect({ brokers, clientId, connection }: DriverOptions): Kafka {
  return new kafkajs.Kafka({
    brokers: [...brokers],
    clientId,
    connectionTimeout: CONNECT_MS,
    requestTimeout: REQUEST_MS,
    retry: RETRY,
    ...securityOf(connection),
    // What matters comes as an error. An environment variable of its own could raise the level, so nothing is written at any.
    logLevel: kafkajs.logLevel.NOTHING,
    logCreator: () => () => undefined,
  })
}

function securityOf({ tls, sasl }: ConnectionSettings): Pick<KafkaConfig, 'ssl' | 'sasl'> {
  return {
    ...(tls === undefined ? {} : { ssl: given(tls) }),
    ...(sasl === undefined ? {} : { sasl: saslOf(sasl) }),
  }
}

function given({ ca, cert, key }: NonNullable<ConnectionSettings['tls']>): Exclude<KafkaConfig['ssl'], undefined> {
  return {
    ...(ca === undefined ? {} : { ca }),
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key }),
  }
}

function saslOf(sasl: SaslSettings): NonNullable<KafkaConfig['sasl']> {
  const { mechanism } = sasl
  if (mechanism === 'OAUTHBEARER') return bearer(sasl.token)
  const { username, password } = sasl
  switch (mechanism) {
    case 'PLAIN':
      return { mechanism: 'plain', username, password }
    case 'SCRAM-SHA-256':
      return { mechanism: 'scram-sha-256', username, password }
    case 'SCRAM-SHA-512':
      return { mechanism: 'scram-sha-512', username, password }
  }
}

/**
 * Shows a bearer token (RFC 7628). KafkaJS could do so itself, but takes a refusal for a success: a broker that does not accept a
 * token answers why, and expects one more message.
 */
function bearer(token: () => Promise<string>): Mechanism {
  return {
    mechanism: 'OAUTHBEARER',
    authenticationProvider: ({ saslAuthenticate }) => ({
      async authenticate() {
        const shown = Buffer.from(`n,,\u0001auth=Bearer ${await token()}\u0001\u0001`)
        await saslAuthenticate({
          request: { encode: () => Buffer.concat([lengthOf(shown), shown]) },
          response: { decode: (answer) => answer, parse: refuseRefusal },
        })
      },
    }),
  }
}

function refuseRefusal(answer: Buffer): void {
  if (answer.length <= LENGTH_BYTES) return
  throw Object.assign(new Error('The bearer token was not accepted.'), { code: 'SASL_AUTHENTICATION_FAILED' })
}

function lengthOf(bytes: Buffer): Buffer {
  const length = Buffer.alloc(LENGTH_BYTES)
  length.writeInt32BE(bytes.length)
  return length
}
