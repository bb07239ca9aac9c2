import {
  ConfigError,
  type Environment,
  listOf,
  oneOf,
  oneOfOrNothing,
  type Reader,
  readAll,
  reader,
  textOrNothing,
  variable,
} from './environment.ts'

/** How an Apache Kafka that carries the messages is spoken to. */
export interface KafkaConfig {
  /** `host:port` of some brokers. */
  readonly brokers: readonly string[]
  readonly client: 'platformatic' | 'kafkajs'
  /** Whether unsafe settings of topics are mended; `undefined`: only those of topics made here. */
  readonly manageTopics: boolean | undefined
  /** Whether the operator declares that the brokers' log directories are in memory. */
  readonly isInMemory: boolean
  /** `undefined`: without TLS. PEM files; `caFile` `undefined`: the authorities the system trusts. */
  readonly tls:
    | {
        readonly caFile: string | undefined
        readonly certFile: string | undefined
        readonly keyFile: string | undefined
      }
    | undefined
  readonly sasl: SaslConfig | undefined
}

export type SaslConfig =
  | {
      readonly mechanism: 'PLAIN' | 'SCRAM-SHA-256' | 'SCRAM-SHA-512'
      readonly username: string
      readonly password: SecretConfig
    }
  | { readonly mechanism: 'OAUTHBEARER'; readonly token: TokenConfig }

/** Where bearer tokens come from: a file that somebody else keeps fresh, or a grant of OAuth 2.0 for client credentials. */
export type TokenConfig =
  | { readonly file: string }
  | {
      readonly url: string
      readonly clientId: string
      readonly clientSecret: SecretConfig
      readonly scope: string | undefined
    }

/** A secret, or the file that holds it. */
export type SecretConfig = { readonly text: string } | { readonly file: string }

const BROKERS = listOf(isBroker, 'brokers such as kafka-1:9092, with ports from 1 to 65535')

export const KAFKA_VARIABLES = {
  KAFKA_BROKERS: variable(
    'Some brokers of an Apache Kafka that carries the messages, as host:port, separated by commas',
    '',
    brokersOf,
  ),
  KAFKA_TLS: variable(
    'true or false; when empty, true where a certificate or KAFKA_SASL is set',
    '',
    oneOfOrNothing('true', 'false'),
  ),
  KAFKA_CA_FILE: variable(
    'Authorities that sign the brokers’ certificates, in place of the system’s',
    '',
    textOrNothing,
  ),
  KAFKA_CERT_FILE: variable('The certificate that shows the brokers who this is', '', textOrNothing),
  KAFKA_KEY_FILE: variable('The private key of KAFKA_CERT_FILE', '', textOrNothing),
  KAFKA_SASL: variable(
    'How the brokers are told who this is: plain, scram-sha-256, scram-sha-512 or oauthbearer',
    '',
    oneOfOrNothing('plain', 'scram-sha-256', 'scram-sha-512', 'oauthbearer'),
  ),
  KAFKA_USERNAME: variable('The user of plain and scram', '', textOrNothing),
  KAFKA_PASSWORD: variable('The password of KAFKA_USERNAME', '', textOrNothing),
  KAFKA_PASSWORD_FILE: variable('A file with that password', '', textOrNothing),
  KAFKA_TOKEN_FILE: variable(
    'A file with the bearer token of oauthbearer, read whenever one is needed',
    '',
    textOrNothing,
  ),
  KAFKA_TOKEN_URL: variable('Where else bearer tokens are granted', '', tokenUrlOrNothing),
  KAFKA_TOKEN_SCOPE: variable('The scope to ask KAFKA_TOKEN_URL for', '', textOrNothing),
  KAFKA_CLIENT_ID: variable('The client that asks KAFKA_TOKEN_URL', '', textOrNothing),
  KAFKA_CLIENT_SECRET: variable('The secret of KAFKA_CLIENT_ID', '', textOrNothing),
  KAFKA_CLIENT_SECRET_FILE: variable('A file with that secret', '', textOrNothing),
  WR_KAFKA_CLIENT: variable(
    'The library that speaks with the brokers',
    'platformatic',
    oneOf('platformatic', 'kafkajs'),
  ),
  WR_KAFKA_MANAGE_TOPICS: variable(
    'true or false: whether unsafe settings of topics are mended; when empty, of topics made here only',
    '',
    oneOfOrNothing('true', 'false'),
  ),
  WR_KAFKA_TMPFS: variable('true declares that the brokers keep their logs in memory', 'false', oneOf('true', 'false')),
} as const

type Name = keyof typeof KAFKA_VARIABLES
type KafkaReader = Reader<Name, typeof KAFKA_VARIABLES>

const NAMES = Object.keys(KAFKA_VARIABLES) as readonly Name[]
const USER = ['KAFKA_USERNAME', 'KAFKA_PASSWORD', 'KAFKA_PASSWORD_FILE'] as const
const GRANT = ['KAFKA_TOKEN_SCOPE', 'KAFKA_CLIENT_ID', 'KAFKA_CLIENT_SECRET', 'KAFKA_CLIENT_SECRET_FILE'] as const
const TOKEN = ['KAFKA_TOKEN_FILE', 'KAFKA_TOKEN_URL', ...GRANT] as const

/**
 * @returns `undefined` without KAFKA_BROKERS.
 * @throws ConfigError with every variable that is out of its range, and with all that contradict each other.
 */
export function readKafkaConfig(environment: Environment): KafkaConfig | undefined {
  const variables = reader(environment, KAFKA_VARIABLES)
  if (!variables.isSet('KAFKA_BROKERS')) {
    forbid(variables, NAMES, 'is of no use without KAFKA_BROKERS')
    return undefined
  }
  const parts = {
    brokers: () => variables.value('KAFKA_BROKERS'),
    client: () => variables.value('WR_KAFKA_CLIENT'),
    manageTopics: () => asBoolean(variables.value('WR_KAFKA_MANAGE_TOPICS')),
    isInMemory: () => variables.value('WR_KAFKA_TMPFS') === 'true',
    tls: () => readTls(variables),
    sasl: () => readSasl(variables),
  }
  return Object.freeze(readAll(parts))
}

const asBoolean = (word: 'true' | 'false' | undefined): boolean | undefined =>
  word === undefined ? undefined : word === 'true'

function readTls(variables: KafkaReader): KafkaConfig['tls'] {
  const files = ['KAFKA_CA_FILE', 'KAFKA_CERT_FILE', 'KAFKA_KEY_FILE'] as const
  const wanted = variables.value('KAFKA_TLS')
  if (wanted === 'false') {
    forbid(variables, files, 'is of no use with KAFKA_TLS=false')
    return undefined
  }
  if (wanted === undefined && ![...files, 'KAFKA_SASL' as const].some(variables.isSet)) return undefined
  if (variables.isSet('KAFKA_CERT_FILE')) need(variables, 'KAFKA_KEY_FILE', 'KAFKA_CERT_FILE')
  if (variables.isSet('KAFKA_KEY_FILE')) need(variables, 'KAFKA_CERT_FILE', 'KAFKA_KEY_FILE')
  return {
    caFile: variables.value('KAFKA_CA_FILE'),
    certFile: variables.value('KAFKA_CERT_FILE'),
    keyFile: variables.value('KAFKA_KEY_FILE'),
  }
}

function readSasl(variables: KafkaReader): SaslConfig | undefined {
  const word = variables.value('KAFKA_SASL')
  if (word === undefined) {
    forbid(variables, [...USER, ...TOKEN], 'is of no use without KAFKA_SASL')
    return undefined
  }
  if (word === 'oauthbearer') {
    const parts = { token: () => readToken(variables) }
    const useless = [() => forbid(variables, USER, 'is of no use with KAFKA_SASL=oauthbearer')]
    return { mechanism: 'OAUTHBEARER', ...readAll(parts, useless) }
  }
  const parts = {
    username: () => need(variables, 'KAFKA_USERNAME', `KAFKA_SASL=${word}`),
    password: () => needSecret(variables, 'KAFKA_PASSWORD', 'KAFKA_PASSWORD_FILE', 'KAFKA_USERNAME'),
  }
  const useless = [() => forbid(variables, TOKEN, `is of no use with KAFKA_SASL=${word}`)]
  return { mechanism: MECHANISMS[word], ...readAll(parts, useless) }
}

const MECHANISMS = { plain: 'PLAIN', 'scram-sha-256': 'SCRAM-SHA-256', 'scram-sha-512': 'SCRAM-SHA-512' } as const

function readToken(variables: KafkaReader): TokenConfig {
  const file = variables.value('KAFKA_TOKEN_FILE')
  const url = variables.value('KAFKA_TOKEN_URL')
  if (file !== undefined) {
    forbid(variables, ['KAFKA_TOKEN_URL', ...GRANT], 'is of no use with KAFKA_TOKEN_FILE')
    return { file }
  }
  if (url === undefined) throw new ConfigError('KAFKA_SASL=oauthbearer needs KAFKA_TOKEN_FILE or KAFKA_TOKEN_URL')
  const parts = {
    clientId: () => need(variables, 'KAFKA_CLIENT_ID', 'KAFKA_TOKEN_URL'),
    clientSecret: () => needSecret(variables, 'KAFKA_CLIENT_SECRET', 'KAFKA_CLIENT_SECRET_FILE', 'KAFKA_CLIENT_ID'),
  }
  return { url, scope: variables.value('KAFKA_TOKEN_SCOPE'), ...readAll(parts) }
}

function forbid(variables: KafkaReader, names: readonly Name[], why: string): void {
  const wrong = names.filter(variables.isSet)
  if (wrong.length > 0) throw new ConfigError(wrong.map((name) => `${name} ${why}`))
}

function need(
  variables: KafkaReader,
  name: 'KAFKA_USERNAME' | 'KAFKA_CLIENT_ID' | 'KAFKA_CERT_FILE' | 'KAFKA_KEY_FILE',
  by: string,
): string {
  const value = variables.value(name)
  if (value === undefined) throw new ConfigError(`${by} needs ${name}`)
  return value
}

function needSecret(
  variables: KafkaReader,
  name: 'KAFKA_PASSWORD' | 'KAFKA_CLIENT_SECRET',
  fileName: 'KAFKA_PASSWORD_FILE' | 'KAFKA_CLIENT_SECRET_FILE',
  by: string,
): SecretConfig {
  const text = variables.value(name)
  const file = variables.value(fileName)
  if (text !== undefined && file !== undefined) throw new ConfigError(`${fileName} contradicts ${name}`)
  if (text !== undefined) return { text }
  if (file !== undefined) return { file }
  throw new ConfigError(`${by} needs ${name} or ${fileName}`)
}

function isBroker(part: string): boolean {
  const port = Number(/^[^\s:/]+:(\d{1,5})$/.exec(part)?.[1])
  return port >= 1 && port <= 65_535
}

function brokersOf(text: string): readonly string[] {
  const brokers = BROKERS(text)
  if (text !== '' && brokers.length === 0) throw new Error('must name a broker such as kafka-1:9092')
  return brokers
}

/** Secrets travel to it. */
function tokenUrlOrNothing(text: string): string | undefined {
  if (text === '') return undefined
  const url = URL.canParse(text) ? new URL(text) : undefined
  const isLocal = ['localhost', '127.0.0.1', '[::1]'].includes(url?.hostname ?? '')
  if (url?.protocol !== 'https:' && !(url?.protocol === 'http:' && isLocal)) throw new Error('must be an https URL')
  return text
}
