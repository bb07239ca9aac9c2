import { randomBytes } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { Admin, Producer } from '@platformatic/kafka'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { forgettingBound, readErasureBound, tombstoneBound } from '../../packages/server/src/bus/kafka/erasure.ts'
import { platformaticAdmin } from '../../packages/server/src/bus/kafka/platformatic/admin.ts'
import { ensureTopics, type UsableTopics } from '../../packages/server/src/bus/kafka/topics.ts'
import { systemScheduler } from '../../packages/server/src/clock.ts'
import { kafkaOrSkip, startBroker, type TestBroker } from '../support/broker.ts'

const LONGEST_TTL_MS = 5_000
const STATE_RETENTION_MS = 10_000
/** Between two records of a busy partition, and two looks at the broker's files. */
const BUSY_MS = 200
const LOOK_MS = 250
/** A partition with a tombstone is appended to this often. */
const TICK_MS = 2_000
/** How long cleaning may take by itself. */
const CLEANING_MS = 5_000

const PATIENCE_MS = 120_000

/** Everything that is in the files of a folder and below. */
async function contentOf(folder: string): Promise<string> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name))
  // Whatever goes while it is looked at is gone.
  const contents = await Promise.all(files.map((file) => readFile(file, 'latin1').catch(() => '')))
  return contents.join('\n')
}

type Send = (topic: string, partition: number, key: string, value: string | undefined) => Promise<unknown>

describe.runIf(await kafkaOrSkip())(
  'what a real broker has in its files',
  { concurrent: true, timeout: PATIENCE_MS },
  () => {
    const run = randomBytes(6).toString('hex')
    let broker: TestBroker
    let admin: Admin
    let driver: ReturnType<typeof platformaticAdmin>
    let topics: UsableTopics
    let shortState: string
    const producers: Producer<Buffer, Buffer, Buffer, Buffer>[] = []

    beforeAll(async () => {
      broker = await startBroker()
      admin = new Admin({ clientId: 'erasure-test', bootstrapBrokers: [broker.brokers], autocreateTopics: false })
      driver = platformaticAdmin(admin)
      const options = {
        shards: 2,
        longestTtlMs: LONGEST_TTL_MS,
        manage: undefined,
        brokers: [broker.brokers],
        scheduler: systemScheduler,
      }
      topics = await ensureTopics(driver, { ...options, prefix: 'erasure', stateRetentionMs: 600_000 })
      const short = await ensureTopics(driver, { ...options, prefix: 'short', stateRetentionMs: STATE_RETENTION_MS })
      shortState = short.state
    })
    afterAll(async () => {
      await Promise.all(producers.map((producer) => producer.close()))
      await admin.close()
      await broker.stop()
    })

    /** A producer of its own; each has one request under way at a time. */
    function sender(): Send {
      const producer = new Producer<Buffer, Buffer, Buffer, Buffer>({
        clientId: 'erasure-test',
        bootstrapBrokers: [broker.brokers],
        autocreateTopics: false,
        idempotent: true,
        acks: -1,
      })
      producers.push(producer)
      return (topic, partition, key, value) => {
        const message = { topic, partition, key: Buffer.from(key) }
        return producer.send({ messages: [value === undefined ? message : { ...message, value: Buffer.from(value) }] })
      }
    }

    const filesOf = (topic: string, partition: number) => join(broker.logDir, `${topic}-${partition}`)

    /** Waits until `word` is in no file of the partition. @returns when that was seen, in milliseconds. */
    async function whenGone(word: string, topic: string, partition: number): Promise<number> {
      while ((await contentOf(filesOf(topic, partition))).includes(word)) await pause(LOOK_MS)
      return performance.now()
    }

    test('of a busy partition: every message while it lives, and none from 30 s after the longest time to live on', async () => {
      const { seconds } = await readErasureBound(driver, topics.log)
      expect(seconds).toBeLessThanOrEqual(LONGEST_TTL_MS / 1_000 + 30)
      const send = sender()
      const sentMs: number[] = []
      const confirmed = new Set<number>()
      let busy = true
      const sending = (async () => {
        while (busy) {
          const number = sentMs.push(performance.now()) - 1
          await send(topics.log, 0, 'room', `${run}-busy-${number}.`)
          confirmed.add(number)
          await pause(BUSY_MS)
        }
      })()
      const begunMs = performance.now()
      let oldestMs = 0
      // The first message is the first of its segment, which is kept the longest of all.
      while (performance.now() < begunMs + (seconds + 2) * 1_000) {
        const mustBeThere = [...confirmed]
        const fromMs = performance.now()
        const content = await contentOf(broker.logDir)
        const untilMs = performance.now()
        const there = new Set(
          [...content.matchAll(new RegExp(`${run}-busy-(\\d+)\\.`, 'g'))].map(([, number]) => Number(number)),
        )
        const ageOf = (number: number, nowMs: number) => nowMs - (sentMs[number] ?? Number.NaN)
        for (const number of mustBeThere)
          if (ageOf(number, untilMs) < LONGEST_TTL_MS)
            expect(there, `message ${number} while it lives`).toContain(number)
        oldestMs = Math.max(oldestMs, ...[...there].map((number) => ageOf(number, fromMs)))
        await pause(LOOK_MS)
      }
      busy = false
      await sending
      expect(oldestMs).toBeGreaterThan(LONGEST_TTL_MS)
      expect(oldestMs).toBeLessThanOrEqual(seconds * 1_000)
    })

    test('of an idle partition: none from 30 s after the longest time to live on', async () => {
      const { seconds } = await readErasureBound(driver, topics.log)
      const sentMs = performance.now()
      await sender()(topics.log, 1, 'room', `${run}-idle`)
      expect(await contentOf(broker.logDir)).toContain(`${run}-idle`)
      const ageMs = (await whenGone(`${run}-idle`, topics.log, 1)) - sentMs
      expect(ageMs).toBeGreaterThan(LONGEST_TTL_MS)
      expect(ageMs).toBeLessThanOrEqual(seconds * 1_000)
      expect(await contentOf(broker.logDir)).not.toContain(`${run}-idle`)
    })

    test('of a room that ended: nothing 20 s after its tombstone, while the partition is appended to', async () => {
      const [settings, ofBroker] = await Promise.all([driver.topicSettings(topics.state), driver.brokerSettings(1)])
      const boundMs = tombstoneBound(settings, [ofBroker]).seconds * 1_000 + CLEANING_MS
      expect(boundMs).toBeLessThanOrEqual(20_000)
      const send = sender()
      let ticking = true
      await send(topics.state, 0, 'room/one', `${run}-settings`)
      const ticks = (async () => {
        while (ticking) {
          await send(topics.state, 0, 'gateway/one', 'beat')
          await pause(TICK_MS)
        }
      })()
      // Until it has been through the cleaner once: from then on it is in a segment that was clean already.
      const checkpoint = join(broker.logDir, 'cleaner-offset-checkpoint')
      const cleaned = new RegExp(`^${topics.state} 0 [1-9]`, 'm')
      await expect.poll(() => readFile(checkpoint, 'utf8').catch(() => ''), { timeout: 30_000 }).toMatch(cleaned)
      expect(await contentOf(broker.logDir)).toContain(`${run}-settings`)
      const endedMs = performance.now()
      await send(topics.state, 0, 'room/one', undefined)
      const tookMs = (await whenGone(`${run}-settings`, topics.state, 0)) - endedMs
      ticking = false
      await ticks
      expect(tookMs).toBeLessThanOrEqual(boundMs)
      expect(await contentOf(broker.logDir)).not.toContain(`${run}-settings`)
    })

    test('of the state, once nobody appends any more: nothing after its retention and a minute', async () => {
      const [settings, ofBroker] = await Promise.all([driver.topicSettings(shortState), driver.brokerSettings(1)])
      const { seconds } = forgettingBound(settings, [ofBroker])
      expect(seconds).toBeLessThanOrEqual(STATE_RETENTION_MS / 1_000 + 60)
      const send = sender()
      const putMs = performance.now()
      await send(shortState, 1, 'room/two', `${run}-abandoned`)
      await send(shortState, 1, 'gateway/two', `${run}-last-beat`)
      const ageMs = (await whenGone(`${run}-abandoned`, shortState, 1)) - putMs
      expect(ageMs).toBeGreaterThan(STATE_RETENTION_MS)
      expect(ageMs).toBeLessThanOrEqual(seconds * 1_000)
      expect(await contentOf(broker.logDir)).not.toContain(`${run}-last-beat`)
    })
  },
)
