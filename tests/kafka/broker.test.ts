import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { statfs } from 'node:fs/promises'
import { connect, createServer } from 'node:net'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { Admin, Producer } from '@platformatic/kafka'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { kafkaOrSkip, startBroker, type TestBroker } from '../support/broker.ts'
import { PATIENCE_MS, within } from '../support/inbox.ts'

const TMPFS = 0x01021994
const TOPIC = 'room-log'

const COMMAND = join(import.meta.dirname, '../../scripts/kafka.mjs')

/** Writes one record to a topic that is made for it. */
async function write(brokers: string): Promise<void> {
  const client = { clientId: 'test', bootstrapBrokers: [brokers] }
  const admin = new Admin(client)
  await admin.createTopics({ topics: [TOPIC], partitions: 1, replicas: 1 })
  await admin.close()
  const producer = new Producer({ ...client, acks: -1 })
  await producer.send({ messages: [{ topic: TOPIC, partition: 0, value: Buffer.from('hello') }] })
  await producer.close()
}

/** How many records the topic holds; undefined when there is no such topic. */
async function count(brokers: string): Promise<bigint | undefined> {
  const admin = new Admin({ clientId: 'test', bootstrapBrokers: [brokers] })
  try {
    if (!(await admin.listTopics()).includes(TOPIC)) return undefined
    const [topic] = await admin.listOffsets({
      topics: [{ name: TOPIC, partitions: [{ partitionIndex: 0, timestamp: -1n }] }],
    })
    return topic?.partitions[0]?.offset
  } finally {
    await admin.close()
  }
}

const available = await kafkaOrSkip()

describe.runIf(available)('a broker for tests', () => {
  let broker: TestBroker
  beforeAll(async () => {
    broker = await startBroker()
  })
  afterAll(() => broker.stop())

  test('takes topics and records as soon as it is there, and keeps them in memory', async () => {
    await write(broker.brokers)
    expect(await count(broker.brokers)).toBe(1n)
    expect((await statfs(broker.logDir)).type).toBe(TMPFS)
    expect(existsSync(join(broker.logDir, `${TOPIC}-0`))).toBe(true)
  })

  test('that was killed has its records when it is started again, and none when it is started empty', async () => {
    await broker.kill()
    await broker.startAgain()
    expect(await count(broker.brokers)).toBe(1n)
    await broker.kill()
    await broker.startAgain({ empty: true })
    expect(await count(broker.brokers)).toBeUndefined()
  })

  test('leaves nothing behind when it is stopped, not even after it was killed', async () => {
    const other = await startBroker()
    await other.kill()
    expect(existsSync(other.logDir)).toBe(true)
    await other.stop()
    expect(existsSync(other.logDir)).toBe(false)
  })
})

/** What `npm run kafka` runs, on a free port and without Docker. */
async function runKafka(): Promise<{ command: ChildProcess; brokers: string; folder: string }> {
  const probe = createServer().listen(0, '127.0.0.1')
  await once(probe, 'listening')
  const address = probe.address()
  probe.close()
  const command = spawn(process.execPath, [COMMAND], {
    env: {
      ...process.env,
      KAFKA_PORT: String(typeof address === 'object' ? address?.port : undefined),
      DOCKER_HOST: 'unix:///nowhere',
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let folder = ''
  for await (const line of createInterface(command.stdout)) {
    folder ||= /in memory, in (\S+)$/.exec(line)?.[1] ?? ''
    const brokers = /^KAFKA_BROKERS=(.+)$/.exec(line)?.[1]
    if (brokers !== undefined) return { command, brokers, folder }
  }
  throw new Error('npm run kafka ended instead of starting a broker')
}

describe.runIf(available)('npm run kafka', () => {
  test.each(['SIGTERM', 'SIGKILL'] as const)('leaves no broker and no log behind after %s', async (signal) => {
    const { command, brokers, folder } = await runKafka()
    await write(brokers)
    expect(existsSync(folder)).toBe(true)
    command.kill(signal)
    await within(once(command, 'close'), 'the end of npm run kafka')
    await expect.poll(() => existsSync(folder), { timeout: PATIENCE_MS }).toBe(false)
    const knock = connect(Number(brokers.split(':')[1]), '127.0.0.1')
    await expect(once(knock, 'connect')).rejects.toThrow('ECONNREFUSED')
  })
})
