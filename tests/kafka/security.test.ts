import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  AclOperations,
  AclPermissionTypes,
  type BaseOptions,
  ConfigResourceTypes,
  Producer,
  ResourcePatternTypes,
  ResourceTypes,
} from '@platformatic/kafka'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { type ConnectionWishes, connectionSettings } from '../../packages/server/src/bus/kafka/connection.ts'
import type { ConnectionSettings, SaslSettings } from '../../packages/server/src/bus/kafka/driver.ts'
import { connectionOptions } from '../../packages/server/src/bus/kafka/platformatic/connection-options.ts'
import { explain } from '../../packages/server/src/explain.ts'
import { kafkaOrSkip, type SecuredBroker, startSecuredBroker } from '../support/broker.ts'
import { PATIENCE_MS } from '../support/inbox.ts'
import { read, withAdmin, write } from '../support/kafka-client.ts'
import { unsecuredToken } from '../support/unsecured-token.ts'

const TOPIC = 'room-log'
const PASSWORDS = { ada: 'adaspassword', bob: 'bobspassword' }

const clientOf = (brokers: string, settings: ConnectionSettings): BaseOptions => ({
  clientId: 'test',
  bootstrapBrokers: [brokers],
  retries: 0,
  ...connectionOptions(settings, [brokers]),
})

const countBrokers = (client: BaseOptions): Promise<number> =>
  withAdmin(client, async (admin) => (await admin.metadata({ topics: [] })).brokers.size)

/** The error's and its parts' codes, and what brokers call them; and what is told of it. */
async function failureOf(attempt: Promise<unknown>): Promise<{ codes: unknown[]; told: string }> {
  const error = await attempt.then(() => undefined).catch((failure: unknown) => failure)
  return { codes: codesIn(error), told: explain(error) }
}

function codesIn(error: unknown): unknown[] {
  if (!(error instanceof Error)) return []
  const { code, apiId, errors, cause } = error as Error & Partial<Record<'code' | 'apiId' | 'errors', unknown>>
  const parts: unknown[] = Array.isArray(errors) ? errors : []
  return [code, apiId, ...[...parts, cause].flatMap(codesIn)].filter((each) => each !== undefined)
}

describe.runIf(await kafkaOrSkip())('a broker that asks who somebody is', () => {
  let broker: SecuredBroker
  let folder: string
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'whisperrooms-security-'))
    broker = await startSecuredBroker(
      { users: PASSWORDS, limited: ['bob'] },
      { settings: { 'connections.max.reauth.ms': 1_000, 'connection.failed.authentication.delay.ms': 0 } },
    )
    await withAdmin(clientOf(broker.brokers, { tls: undefined, sasl: undefined }), (admin) =>
      admin.createTopics({ topics: [TOPIC], partitions: 1, replicas: 1 }),
    )
  })
  afterAll(async () => {
    rmSync(folder, { recursive: true, force: true })
    await broker.stop()
  })

  const trusting = () => ({ ca: broker.secured.ca, cert: undefined, key: undefined })
  const identified = () => ({ ...trusting(), ...broker.secured.client })
  const user = (
    mechanism: 'PLAIN' | 'SCRAM-SHA-256' | 'SCRAM-SHA-512',
    username: string,
    password: string,
  ): SaslSettings => ({ mechanism, username, password })
  const ada = user('SCRAM-SHA-512', 'ada', PASSWORDS.ada)

  function fileWith(name: string, text: string): string {
    const path = join(folder, name)
    writeFileSync(path, text)
    return path
  }

  async function settingsOf(wishes: Partial<ConnectionWishes>): Promise<ConnectionSettings> {
    const tls = { caFile: fileWith('ca.pem', broker.secured.ca), certFile: undefined, keyFile: undefined }
    return connectionSettings({ tls, sasl: undefined, ...wishes }, { clock: () => performance.now() })
  }

  describe('lets somebody write and read over TLS', () => {
    test.each(['PLAIN', 'SCRAM-SHA-256', 'SCRAM-SHA-512'] as const)('with a password, by %s', async (mechanism) => {
      const password = { file: fileWith('password', `${PASSWORDS.ada}\n`) }
      const settings = await settingsOf({ sasl: { mechanism, username: 'ada', password } })
      const client = clientOf(broker.secured.saslSsl, settings)
      const offset = await write(client, TOPIC, `by ${mechanism}`)
      expect((await read(client, TOPIC, offset)).value).toBe(`by ${mechanism}`)
    })

    test('with the bearer token of a file', async () => {
      const file = fileWith('token', unsecuredToken('ada', 60))
      const settings = await settingsOf({ sasl: { mechanism: 'OAUTHBEARER', token: { file } } })
      const client = clientOf(broker.secured.saslSsl, settings)
      const offset = await write(client, TOPIC, 'by a token')
      expect((await read(client, TOPIC, offset)).value).toBe('by a token')
    })

    test('with a certificate', async () => {
      const { cert, key } = broker.secured.client
      const settings = await settingsOf({
        tls: {
          caFile: fileWith('ca.pem', broker.secured.ca),
          certFile: fileWith('cert.pem', cert),
          keyFile: fileWith('key.pem', key),
        },
      })
      const client = clientOf(broker.secured.ssl, settings)
      const offset = await write(client, TOPIC, 'by a certificate')
      expect((await read(client, TOPIC, offset)).value).toBe('by a certificate')
    })

    test('by the address of a broker as well as by its name', async () => {
      const address = broker.secured.saslSsl.replace('localhost', '127.0.0.1')
      expect(await countBrokers(clientOf(address, { tls: trusting(), sasl: ada }))).toBe(1)
    })
  })

  test('is told again who it is before the session ends, with the token of that time, and nothing fails meanwhile', async () => {
    let asked = 0
    const token = async () => {
      asked += 1
      return unsecuredToken('ada', 60)
    }
    const sasl = { mechanism: 'OAUTHBEARER', token } as const
    const client = clientOf(broker.secured.saslSsl, { tls: trusting(), sasl })
    const producer = new Producer({ ...client, idempotent: true, acks: -1 })
    const messages = [{ topic: TOPIC, partition: 0, value: Buffer.from('still there') }]
    await producer.send({ messages })
    const connections = asked
    while (asked < 3 * connections) await producer.send({ messages })
    await producer.close()
  })

  test('a key that is not the certificate’s is refused before anybody is asked', async () => {
    const wishes = {
      caFile: undefined,
      certFile: fileWith('cert.pem', broker.secured.ca),
      keyFile: fileWith('key.pem', broker.secured.client.key),
    }
    await expect(settingsOf({ tls: wishes })).rejects.toThrow('KAFKA_KEY_FILE is not the key of KAFKA_CERT_FILE')
  })

  describe('says what is wrong', () => {
    test.each(['PLAIN', 'SCRAM-SHA-256', 'SCRAM-SHA-512'] as const)(
      'with a wrong password, by %s',
      async (mechanism) => {
        for (const sasl of [user(mechanism, 'ada', 'canary'), user(mechanism, 'canary', 'canary')]) {
          const { codes, told } = await failureOf(
            countBrokers(clientOf(broker.secured.saslSsl, { tls: trusting(), sasl })),
          )
          expect(codes).toContain('PLT_KFK_AUTHENTICATION')
          expect(codes).toContain('SASL_AUTHENTICATION_FAILED')
          expect(told).toContain('KAFKA_PASSWORD')
          expect(told).not.toContain('canary')
        }
      },
    )

    test.each([
      ['is none', () => 'canary'],
      ['is no longer valid', () => unsecuredToken('ada', -60)],
    ])('with a token that %s', async (_, token) => {
      const sasl = { mechanism: 'OAUTHBEARER', token: async () => token() } as const
      const { codes, told } = await failureOf(countBrokers(clientOf(broker.secured.saslSsl, { tls: trusting(), sasl })))
      expect(codes).toContain('SASL_AUTHENTICATION_FAILED')
      expect(told).toContain('KAFKA_TOKEN_FILE')
      expect(told).not.toContain('canary')
    })

    test('with a token that cannot be had', async () => {
      const { sasl } = await settingsOf({ sasl: { mechanism: 'OAUTHBEARER', token: { file: join(folder, 'canary') } } })
      const { told } = await failureOf(countBrokers(clientOf(broker.secured.saslSsl, { tls: trusting(), sasl })))
      expect(told).toBe('KAFKA_TOKEN_FILE names a file that cannot be read (ENOENT)')
    })

    type Attempt = () => Promise<unknown>
    test.each<[string, string, string, Attempt]>([
      [
        'an authority that nobody named',
        'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
        'KAFKA_CA_FILE is',
        () => countBrokers(clientOf(broker.secured.saslSsl, { tls: { ...trusting(), ca: undefined }, sasl: ada })),
      ],
      [
        'TLS where none is spoken',
        'PLT_KFK_USER',
        'KAFKA_TLS is',
        () => countBrokers(clientOf(broker.brokers, { tls: trusting(), sasl: undefined })),
      ],
      [
        'no TLS where it is spoken',
        'PLT_KFK_USER',
        'KAFKA_TLS is',
        () => countBrokers(clientOf(broker.secured.ssl, { tls: undefined, sasl: undefined })),
      ],
      [
        'a user, but no TLS where it is spoken',
        'PLT_KFK_NETWORK',
        '(KAFKA_TLS)',
        () => countBrokers(clientOf(broker.secured.saslSsl, { tls: undefined, sasl: ada })),
      ],
      [
        'no certificate where one is wanted',
        'PLT_KFK_NETWORK',
        '(KAFKA_CERT_FILE)',
        () => countBrokers(clientOf(broker.secured.ssl, { tls: trusting(), sasl: undefined })),
      ],
      [
        'no user where one is wanted',
        'PLT_KFK_NETWORK',
        '(KAFKA_SASL)',
        () => countBrokers(clientOf(broker.secured.saslSsl, { tls: trusting(), sasl: undefined })),
      ],
      [
        'a user where none is wanted',
        'ILLEGAL_SASL_STATE',
        'KAFKA_SASL is',
        () => countBrokers(clientOf(broker.secured.ssl, { tls: identified(), sasl: ada })),
      ],
      [
        'nobody there',
        'ECONNREFUSED',
        'KAFKA_BROKERS names no broker that can be reached',
        () => countBrokers(clientOf('127.0.0.1:1', { tls: undefined, sasl: undefined })),
      ],
    ])('with %s', async (_, code, words, attempt) => {
      const { codes, told } = await failureOf(attempt())
      expect(codes).toContain(code)
      expect(told).toContain(words)
    })
  })

  describe('gives a user no rights but those of its ACLs', () => {
    const asBob = () => clientOf(broker.secured.saslSsl, { tls: trusting(), sasl: user('PLAIN', 'bob', PASSWORDS.bob) })

    async function grant(resource: 'TOPIC' | 'CLUSTER', operation: keyof typeof AclOperations): Promise<void> {
      const acl = {
        resourceType: ResourceTypes[resource],
        resourceName: resource === 'TOPIC' ? TOPIC : 'kafka-cluster',
        resourcePatternType: ResourcePatternTypes.LITERAL,
        principal: 'User:bob',
        host: '*',
        operation: AclOperations[operation],
        permissionType: AclPermissionTypes.ALLOW,
      }
      await withAdmin(clientOf(broker.brokers, { tls: undefined, sasl: undefined }), (admin) =>
        admin.createAcls({ creations: [acl] }),
      )
    }

    const describeConfigs = (resourceType: 'TOPIC' | 'BROKER', resourceName: string) =>
      withAdmin(asBob(), (admin) =>
        admin.describeConfigs({ resources: [{ resourceType: ConfigResourceTypes[resourceType], resourceName }] }),
      )

    /** What a right is for. It takes a moment until a broker has heard of it. */
    const nowCan = (attempt: () => Promise<unknown>) => vi.waitFor(attempt, { timeout: PATIENCE_MS })

    const missing = async (attempt: Promise<unknown>) =>
      /lacks the right (.+?)\./.exec((await failureOf(attempt)).told)?.[1]

    const make = () =>
      withAdmin(asBob(), (admin) => admin.createTopics({ topics: ['new'], partitions: 1, replicas: 1 }))
    const lookAt = () => withAdmin(asBob(), (admin) => admin.metadata({ topics: [TOPIC] }))

    test('and says which is missing, until it has all a gateway needs', async () => {
      expect(await missing(make())).toBe('Describe or Create on a topic')
      expect(await missing(lookAt())).toBe('Describe or Create on a topic')
      await grant('TOPIC', 'DESCRIBE')
      await nowCan(lookAt)
      expect(await missing(describeConfigs('TOPIC', TOPIC))).toBe('DescribeConfigs on a topic')
      await grant('TOPIC', 'DESCRIBE_CONFIGS')
      await nowCan(() => describeConfigs('TOPIC', TOPIC))
      expect(await missing(describeConfigs('BROKER', '1'))).toBe('DescribeConfigs on the cluster')
      await grant('CLUSTER', 'DESCRIBE_CONFIGS')
      await nowCan(() => describeConfigs('BROKER', '1'))
      expect(await missing(write(asBob(), TOPIC, 'from Bob'))).toBe('Write on a topic')
      await grant('TOPIC', 'WRITE')
      await nowCan(() => write(asBob(), TOPIC, 'from Bob'))
      expect(await missing(read(asBob(), TOPIC, 0n))).toBe('Read on a topic')
      await grant('TOPIC', 'READ')
      await nowCan(() => read(asBob(), TOPIC, 0n))
    })
  })
})
