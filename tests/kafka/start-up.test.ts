import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { kafkaOrSkip, type SecuredBroker, startSecuredBroker } from '../support/broker.ts'
import { CANARY } from '../support/canary.ts'
import { failToStart, startGateway } from '../support/gateway.ts'
import { enter, hear, newRoom, say } from '../support/member.ts'

type Environment = Readonly<Record<string, string>>

const SECRET = 'what all gateways know and nobody else'

describe.runIf(await kafkaOrSkip())('a gateway on a Kafka that asks who somebody is', () => {
  let broker: SecuredBroker
  let folder: string
  let fit: Environment
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'whisperrooms-start-up-'))
    broker = await startSecuredBroker({ users: { ada: 'adaspassword', bob: 'bobspassword' }, limited: ['bob'] })
    fit = {
      WR_SECRET: SECRET,
      KAFKA_BROKERS: broker.secured.saslSsl,
      KAFKA_CA_FILE: fileWith('ca.pem', broker.secured.ca),
      KAFKA_SASL: 'scram-sha-256',
      KAFKA_USERNAME: 'ada',
      KAFKA_PASSWORD_FILE: fileWith('password', 'adaspassword\n'),
    }
  })
  afterAll(async () => {
    rmSync(folder, { recursive: true, force: true })
    await broker.stop()
  })

  function fileWith(name: string, text: string): string {
    const path = join(folder, name)
    writeFileSync(path, text)
    return path
  }

  test('carries messages when it may', async () => {
    const gateway = await startGateway(fit)
    const room = newRoom()
    const ada = await enter(gateway.url, room)
    const bob = await enter(gateway.url, room)
    await say(ada, 'over TLS')
    await hear(bob, 'over TLS')
    await gateway.stop()
  })

  describe('says in one line which variable to look at, repeats no value, and does not start', () => {
    test.each<[string, () => Environment]>([
      ['KAFKA_BROKERS', () => ({ KAFKA_BROKERS: 'localhost:1' })],
      ['KAFKA_BROKERS', () => ({ KAFKA_BROKERS: 'nobody.invalid:9092' })],
      ['KAFKA_CA_FILE', () => ({ KAFKA_CA_FILE: join(folder, CANARY) })],
      ['KAFKA_CA_FILE', () => ({ KAFKA_CA_FILE: '', KAFKA_TLS: 'true' })],
      ['KAFKA_TLS', () => ({ KAFKA_CA_FILE: '', KAFKA_TLS: 'false' })],
      ['KAFKA_TLS', () => ({ KAFKA_BROKERS: broker.brokers.replace('127.0.0.1', 'localhost') })],
      ['KAFKA_SASL', () => ({ KAFKA_SASL: '', KAFKA_USERNAME: '', KAFKA_PASSWORD_FILE: '' })],
      ['KAFKA_PASSWORD', () => ({ KAFKA_PASSWORD_FILE: '', KAFKA_PASSWORD: CANARY })],
      ['KAFKA_PASSWORD', () => ({ KAFKA_USERNAME: CANARY })],
      ['KAFKA_PASSWORD_FILE', () => ({ KAFKA_PASSWORD_FILE: join(folder, CANARY) })],
      [
        'Describe or Create',
        () => ({ KAFKA_USERNAME: 'bob', KAFKA_PASSWORD_FILE: '', KAFKA_PASSWORD: 'bobspassword' }),
      ],
    ])('%s', async (words, wrong) => {
      const { code, output } = await failToStart({ ...fit, ...wrong() })
      expect(code).toBe(1)
      expect(output).toContain(words)
      expect(output).not.toContain(CANARY)
      expect(output).not.toMatch(/ {4}at /)
      expect(output.trim().split('\n')).toHaveLength(1)
    })
  })
})
