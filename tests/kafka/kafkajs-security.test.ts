import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { ConnectionSettings, KafkaDriver, SaslSettings } from '../../packages/server/src/bus/kafka/driver.ts'
import { kafkajsDriver } from '../../packages/server/src/bus/kafka/kafkajs/driver.ts'
import { explain } from '../../packages/server/src/explain.ts'
import { kafkaOrSkip, type SecuredBroker, startSecuredBroker } from '../support/broker.ts'
import { openDriver, soon, testFollower } from '../support/kafka-driver.ts'
import { unsecuredToken } from '../support/unsecured-token.ts'

const TOPIC = 'room-log'
const PASSWORD = 'adaspassword'

async function withDriver<T>(
  brokers: string,
  connection: ConnectionSettings,
  ask: (driver: KafkaDriver) => Promise<T>,
): Promise<T> {
  const driver = openDriver(kafkajsDriver, brokers, connection)
  try {
    return await ask(driver)
  } finally {
    await driver.close()
  }
}

/** Appends a record, and reads it back. */
async function echo(driver: KafkaDriver, text: string): Promise<void> {
  const follower = testFollower(TOPIC, 0, await driver.offsetAt(TOPIC, 0, 'latest'))
  driver.follow(follower)
  const message = { topic: TOPIC, partition: 0, key: Buffer.from('key'), value: Buffer.from(text) }
  expect(await driver.append([message])).toEqual([])
  await soon(() => expect(follower.heard).toEqual([text]))
}

describe.runIf(await kafkaOrSkip())('through KafkaJS, a broker that asks who somebody is', () => {
  let broker: SecuredBroker
  beforeAll(async () => {
    broker = await startSecuredBroker({ users: { ada: PASSWORD } })
    await withDriver(broker.brokers, { tls: undefined, sasl: undefined }, (driver) =>
      driver.createTopic(TOPIC, 1, 1, {}),
    )
  })
  afterAll(() => broker.stop())

  const trusting = () => ({ ca: broker.secured.ca, cert: undefined, key: undefined })
  const byPassword = (mechanism: 'PLAIN' | 'SCRAM-SHA-256' | 'SCRAM-SHA-512', password = PASSWORD) =>
    ({ mechanism, username: 'ada', password }) as const
  const byToken = (token: string) => ({ mechanism: 'OAUTHBEARER', token: () => Promise.resolve(token) }) as const

  test.each<SaslSettings>([
    byPassword('PLAIN'),
    byPassword('SCRAM-SHA-256'),
    byPassword('SCRAM-SHA-512'),
    byToken(unsecuredToken('ada', 60)),
  ])('lets somebody write and read over TLS by $mechanism', async (sasl) => {
    const connection = { tls: trusting(), sasl }
    await withDriver(broker.secured.saslSsl, connection, (driver) => echo(driver, sasl.mechanism))
  })

  test('lets somebody write and read over TLS with a certificate', async () => {
    const tls = { ca: broker.secured.ca, ...broker.secured.client }
    await withDriver(broker.secured.ssl, { tls, sasl: undefined }, (driver) => echo(driver, 'with a certificate'))
  })

  test.each<[string, string, () => Partial<ConnectionSettings>]>([
    ['a wrong password, by PLAIN,', 'KAFKA_PASSWORD', () => ({ sasl: byPassword('PLAIN', 'canary') })],
    ['a wrong password, by SCRAM,', 'KAFKA_PASSWORD', () => ({ sasl: byPassword('SCRAM-SHA-512', 'canary') })],
    ['a token that is none', 'KAFKA_TOKEN_FILE', () => ({ sasl: byToken('canary') })],
    ['an authority that nobody named', 'KAFKA_CA_FILE', () => ({ tls: { ...trusting(), ca: undefined } })],
    ['no TLS where it is spoken', 'KAFKA_TLS', () => ({ tls: undefined })],
    ['no user where one is wanted', 'KAFKA_SASL', () => ({ sasl: undefined })],
  ])('with %s names %s', async (_, variable, wrong) => {
    const connection = { tls: trusting(), sasl: byPassword('PLAIN'), ...wrong() }
    const refusal: unknown = await withDriver(broker.secured.saslSsl, connection, (driver) =>
      driver.cluster([TOPIC]).then(
        () => undefined,
        (error: unknown) => error,
      ),
    )
    expect(refusal).toBeInstanceOf(Error)
    expect(explain(refusal)).toContain(variable)
    expect(explain(refusal)).not.toContain('canary')
  })
})
