import { AuthenticationError, MultipleErrors, NetworkError, ProtocolError, UserError } from '@platformatic/kafka'
import { describe, expect, test } from 'vitest'
import { ConnectionError } from './bus/kafka/connection-error.ts'
import { ConfigError } from './environment.ts'
import { explain } from './explain.ts'

const withCode = (code: string): Error => Object.assign(new Error('canary'), { code })

/** As the library reports why a broker cannot be spoken to, after a few tries. */
const unconnected = (...causes: Error[]): Error =>
  new MultipleErrors('metadata failed 3 times.', [
    new MultipleErrors(
      'Cannot connect to any broker.',
      causes.map((cause) => new NetworkError('Connection to canary:9092 failed.', { cause })),
    ),
  ])

const unauthenticated = (cause: Error): Error => unconnected(new AuthenticationError('canary', { cause }))

const refused = (id: string, path = '/'): Error =>
  new MultipleErrors('canary', [new ProtocolError(id, 'canary', { path })])

describe('the variable to look at', () => {
  test.each<[string, Error]>([
    ['KAFKA_TLS must be true', new ConfigError('KAFKA_TLS must be true')],
    ['KAFKA_CA_FILE names a file', ConnectionError.unreadable('KAFKA_CA_FILE', withCode('ENOENT'))],
    [
      'KAFKA_TOKEN_URL answers with',
      unauthenticated(new ConnectionError('no_token', 'KAFKA_TOKEN_URL', 'answers with')),
    ],
    ['PORT is in use', withCode('EADDRINUSE')],
    ['PORT may not', withCode('EACCES')],
    ['HOST is not', withCode('EADDRNOTAVAIL')],
    ['HOST is not', withCode('ENOTFOUND')],
    ['KAFKA_BROKERS names no broker that can be reached', unconnected(withCode('ENOTFOUND'))],
    ['KAFKA_BROKERS names no broker that can be reached', unconnected(withCode('ECONNREFUSED'))],
    ['KAFKA_BROKERS names no broker that answers', new NetworkError('Connection closed')],
    ['KAFKA_BROKERS names no broker that answers', unauthenticated(new NetworkError('Connection closed'))],
    ['KAFKA_USERNAME and KAFKA_PASSWORD are not', unauthenticated(refused('SASL_AUTHENTICATION_FAILED'))],
    ['KAFKA_SASL is not', unauthenticated(refused('UNSUPPORTED_SASL_MECHANISM'))],
    ['KAFKA_SASL is not', unauthenticated(refused('ILLEGAL_SASL_STATE'))],
    ['KAFKA_CA_FILE is not', unconnected(withCode('UNABLE_TO_VERIFY_LEAF_SIGNATURE'))],
    ['KAFKA_BROKERS names a broker otherwise', unconnected(withCode('ERR_TLS_CERT_ALTNAME_INVALID'))],
    ['not valid at this time', unconnected(withCode('CERT_HAS_EXPIRED'))],
    ['KAFKA_TLS is not', new UserError('Broker requires TLS.')],
    ['KAFKA_TLS is not', unconnected(new UserError('canary', { cause: withCode('ECONNRESET') }))],
    ['KAFKA_BROKERS gives names only', withCode('ERR_INVALID_ARG_VALUE')],
    ['KAFKA_BROKERS refuse what is asked of them: POLICY_VIOLATION', refused('POLICY_VIOLATION')],
  ])('%s', (words, error) => {
    expect(explain(error)).toContain(words)
    expect(explain(error)).not.toContain('canary')
    expect(explain(error)).not.toContain('\n')
  })
})

test('of several brokers the one that can be mended is told', () => {
  expect(explain(unconnected(withCode('ECONNREFUSED'), withCode('SELF_SIGNED_CERT_IN_CHAIN')))).toContain(
    'KAFKA_CA_FILE',
  )
})

describe('the right that is missing', () => {
  test.each([
    ['Describe or Create on a topic', 'TOPIC_AUTHORIZATION_FAILED', '/topics/0'],
    ['DescribeConfigs on a topic', 'TOPIC_AUTHORIZATION_FAILED', '/results/0'],
    ['AlterConfigs on a topic', 'TOPIC_AUTHORIZATION_FAILED', '/responses/0'],
    ['Read on a topic', 'TOPIC_AUTHORIZATION_FAILED', '/responses/0/partitions/0'],
    ['Write on a topic', 'TOPIC_AUTHORIZATION_FAILED', '/responses/0/partition_responses/0'],
    ['Write on a topic', 'CLUSTER_AUTHORIZATION_FAILED', '/'],
    ['DescribeConfigs on the cluster', 'CLUSTER_AUTHORIZATION_FAILED', '/results/0'],
  ])('%s', (right, id, path) => {
    expect(explain(refused(id, path))).toContain(`lacks the right ${right}.`)
  })

  test('is told even where a topic could not be made for lack of it', () => {
    const cause = refused('TOPIC_AUTHORIZATION_FAILED', '/topics/0')
    const failure = Object.assign(new Error('was not made', { cause }), { name: 'TopicError' })
    expect(explain(failure)).toContain('lacks the right')
  })
})

test('what nobody expected is described without its message', () => {
  expect(explain(new TypeError('canary'))).toContain('TypeError')
  expect(explain(new TypeError('canary'))).not.toContain('canary')
})
