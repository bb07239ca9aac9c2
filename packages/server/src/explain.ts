import { describeError } from './log.ts'

/** What went wrong at the start, for whoever started it: which variable to look at. Repeats no value of one. */
export function explain(error: unknown): string {
  const all = inside(error)
  return rightThatIsMissing(all) ?? ownWords(all) ?? listening(error) ?? brokers(all) ?? other(error)
}

/** Errors of ours whose messages say it already. */
const OURS: ReadonlySet<unknown> = new Set(['ConfigError', 'ConnectionError', 'TopicError', 'OtherSecretError'])

function ownWords(all: readonly Error[]): string | undefined {
  return all.find(({ name }) => OURS.has(name))?.message
}

function listening(error: unknown): string | undefined {
  switch (property(error, 'code')) {
    case 'EADDRINUSE':
      return 'PORT is in use: choose another one, or 0 for a free one'
    case 'EACCES':
      return 'PORT may not be used by this user'
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
      return 'HOST is not an address of this machine'
    default:
      return undefined
  }
}

const NEEDED =
  'A gateway needs Describe, DescribeConfigs, Read and Write on its two topics, DescribeConfigs on the cluster, and to make and mend topics Create and AlterConfigs on them'

/** What is refused, and where in the broker's answer it says so: the requests of a gateway differ in that. */
const RIGHTS: readonly (readonly [RegExp, string])[] = [
  [/^TOPIC\S+ \/topics/, 'Describe or Create on a topic'],
  [/^TOPIC\S+ \/results/, 'DescribeConfigs on a topic'],
  [/^TOPIC\S+ \/responses\/\d+$/, 'AlterConfigs on a topic'],
  [/^TOPIC\S+ \/responses\/\d+\/partitions/, 'Read on a topic'],
  [/^TOPIC\S+ \/responses\/\d+\/partition_responses/, 'Write on a topic'],
  [/^TOPIC/, 'to do something with a topic'],
  [/^CLUSTER\S+ \/results/, 'DescribeConfigs on the cluster'],
  // Who may write to no topic may not append once only.
  [/^CLUSTER\S+ \/$/, 'Write on a topic'],
  [/^CLUSTER/, 'to do something with the cluster'],
]

function rightThatIsMissing(all: readonly Error[]): string | undefined {
  const refusal = all.find((error) => /^(?:TOPIC|CLUSTER)_AUTHORIZATION_FAILED$/.test(refusalOf(error) ?? ''))
  if (refusal === undefined) return undefined
  const path = property(refusal, 'path')
  const place = `${refusalOf(refusal)} ${typeof path === 'string' ? path : ''}`
  const right = RIGHTS.find(([pattern]) => pattern.test(place))?.[1]
  return `KAFKA_USERNAME, or whoever this is to the brokers, lacks the right ${right}. ${NEEDED}`
}

/** What can be wrong between us and the brokers: the more telling first, as there are several errors when there are several brokers. */
const TROUBLES: readonly { readonly words: readonly string[]; readonly look: string }[] = [
  {
    words: ['SASL_AUTHENTICATION_FAILED', 'KafkaJSSASLAuthenticationError'],
    look: 'KAFKA_USERNAME and KAFKA_PASSWORD are not what the brokers know, or the bearer token of KAFKA_TOKEN_FILE or KAFKA_TOKEN_URL is not',
  },
  {
    words: ['UNSUPPORTED_SASL_MECHANISM', 'ILLEGAL_SASL_STATE'],
    look: 'KAFKA_SASL is not what the brokers ask for there; each of their ports may ask for something else',
  },
  {
    words: ['ERR_TLS_CERT_ALTNAME_INVALID'],
    look: 'KAFKA_BROKERS names a broker otherwise than its certificate does, or another broker answers there',
  },
  {
    words: ['CERT_HAS_EXPIRED', 'CERT_NOT_YET_VALID'],
    look: 'KAFKA_BROKERS names a broker whose certificate is not valid at this time',
  },
  {
    words: [
      'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
      'UNABLE_TO_GET_ISSUER_CERT',
      'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
      'SELF_SIGNED_CERT_IN_CHAIN',
      'DEPTH_ZERO_SELF_SIGNED_CERT',
      'CERT_SIGNATURE_FAILURE',
    ],
    look: 'KAFKA_CA_FILE is not of the authority that signed the brokers’ certificates; without it, the system’s authorities are trusted',
  },
  {
    words: ['PLT_KFK_USER', 'ERR_SSL_WRONG_VERSION_NUMBER', 'EPROTO'],
    look: 'KAFKA_TLS is not what the brokers expect there: one side speaks TLS and the other does not',
  },
  {
    // An address cannot be told where the names of brokers are.
    words: ['ERR_INVALID_ARG_VALUE'],
    look: 'KAFKA_BROKERS gives names only, but with TLS has to give an address where brokers are advertised by addresses',
  },
  {
    words: ['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'ETIMEDOUT', 'EHOSTUNREACH', 'ENETUNREACH'],
    look: 'KAFKA_BROKERS names no broker that can be reached',
  },
]

/** Connections end or hang, and nobody says why. */
const NO_ANSWER =
  'KAFKA_BROKERS names no broker that answers. It may expect TLS or none (KAFKA_TLS), a certificate (KAFKA_CERT_FILE) or a user (KAFKA_SASL)'

function brokers(all: readonly Error[]): string | undefined {
  const words = new Set(all.flatMap((error) => [property(error, 'code'), refusalOf(error), error.name]))
  const trouble = TROUBLES.find((each) => each.words.some((word) => words.has(word)))
  if (trouble !== undefined) return trouble.look
  const refusal = all.map(refusalOf).find((id) => id !== undefined)
  if (refusal !== undefined) return `The brokers of KAFKA_BROKERS refuse what is asked of them: ${refusal}`
  const isOfKafka = [...words].some((word) => typeof word === 'string' && /^(?:PLT_KFK_|KafkaJS)/.test(word))
  return isOfKafka ? NO_ANSWER : undefined
}

function other(error: unknown): string {
  return JSON.stringify(describeError(error))
}

/** What brokers call the error they answered with: the two libraries keep it in fields of different names. */
function refusalOf(error: Error): string | undefined {
  const id = property(error, 'apiId') ?? property(error, 'type')
  return typeof id === 'string' && /^[A-Z_]+$/.test(id) ? id : undefined
}

function property(error: unknown, name: string): unknown {
  return error instanceof Error ? (error as unknown as Record<string, unknown>)[name] : undefined
}

/** The error, and all that it was made from. */
function inside(error: unknown): Error[] {
  if (!(error instanceof Error)) return []
  const errors = property(error, 'errors')
  const parts: unknown[] = Array.isArray(errors) ? errors : []
  return [error, ...[...parts, error.cause].flatMap(inside)]
}
