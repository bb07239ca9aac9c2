import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { kafkaOrSkip, startBroker, type TestBroker } from '../support/broker.ts'
import { PATIENCE_MS } from '../support/inbox.ts'
import { read, withAdmin, write } from '../support/kafka-client.ts'
import { type ShiftedClock, shiftedClock, shiftedClocksOrSkip } from '../support/shifted-clock.ts'

const HOUR_MS = 3_600_000

/** Two clocks of one machine do not tick together; in milliseconds. */
const TICK_MS = 20

/** Holds that what time it is elsewhere, asked for now, is so many milliseconds from ours. */
async function expectShift(ask: () => Promise<number>, shiftMs: number): Promise<void> {
  const earliestMs = Date.now() - TICK_MS
  const ours = (await ask()) - shiftMs
  expect(ours).toBeGreaterThanOrEqual(earliestMs)
  expect(ours).toBeLessThanOrEqual(Date.now() + TICK_MS)
}

const TOPIC = 'room-log'

const kafka = await kafkaOrSkip()

describe.runIf(await shiftedClocksOrSkip())('a clock of its own', () => {
  let clock: ShiftedClock
  beforeEach(async () => {
    clock = await shiftedClock(-HOUR_MS)
  })
  afterEach(() => clock.remove())

  /** Answers each line with what time it is there: the time of day and that of its monotonic clock. */
  const TELL_TIME = 'process.stdin.on("data", () => console.log(JSON.stringify([Date.now(), performance.now()])))'

  async function askTime(child: ChildProcess): Promise<readonly [number, number]> {
    child.stdin?.write('\n')
    const [answer] = await once(child.stdout ?? child, 'data')
    return JSON.parse(String(answer))
  }

  test('is behind or ahead and steps while a process runs, whose monotonic clock goes on', async () => {
    const child = spawn(process.execPath, ['-e', TELL_TIME], { env: clock.env, stdio: ['pipe', 'pipe', 'inherit'] })
    const [, before] = await askTime(child)
    await expectShift(async () => (await askTime(child))[0], -HOUR_MS)
    clock.step(2 * HOUR_MS)
    await expectShift(async () => (await askTime(child))[0], HOUR_MS)
    const [, after] = await askTime(child)
    expect(after).toBeGreaterThan(before)
    expect(after - before).toBeLessThan(PATIENCE_MS)
    child.kill('SIGKILL')
    await once(child, 'close')
  })

  describe.runIf(kafka)('of a broker', () => {
    let broker: TestBroker
    beforeEach(async () => {
      broker = await startBroker({ clock })
    })
    afterEach(() => broker.stop())

    test('is what it stamps records with, and it goes on when that steps', async () => {
      const client = { clientId: 'test', bootstrapBrokers: [broker.brokers] }
      const configs = [{ name: 'message.timestamp.type', value: 'LogAppendTime' }]
      await withAdmin(client, (admin) => admin.createTopics({ topics: [TOPIC], partitions: 1, replicas: 1, configs }))
      const append = async () => (await read(client, TOPIC, await write(client, TOPIC, 'hello'))).appendedMs
      for (const [stepMs, shiftMs] of [
        [0, -HOUR_MS],
        [2 * HOUR_MS, HOUR_MS],
        [-HOUR_MS - 1_500, -1_500],
      ] as const) {
        clock.step(stepMs)
        await expectShift(append, shiftMs)
      }
    })
  })
})
