import { expect, test } from 'vitest'
import { manualTime } from '../../testing/manual-time.ts'
import { memoryDriver } from '../../testing/memory-driver.ts'
import { stateCodec } from './state-entries.ts'
import { stateTopic } from './state-topic.ts'
import { Timekeeper } from './timekeeper.ts'

const AHEAD_MS = 60_000

/** Two brokers, each leading one partition of both topics; the second one's clock is a minute ahead. */
function open() {
  const time = manualTime(1_000)
  const brokers = memoryDriver(time)
  for (const topic of ['log', 'state']) for (const partition of [0, 1]) brokers.lead(topic, partition, partition)
  brokers.setAhead(1, AHEAD_MS)
  const { clock, scheduler } = time
  const codec = stateCodec(Buffer.alloc(32))
  const statePartitions = () => 2
  const { driver } = brokers
  const state = stateTopic({
    driver,
    topic: 'state',
    partitions: statePartitions,
    codec,
    clock,
    scheduler,
    isHere: () => true,
    trouble: () => undefined,
  })
  let steps = 0
  const keeper = new Timekeeper({
    driver,
    gateway: 'mine',
    logTopic: 'log',
    stateTopic: 'state',
    statePartitions,
    state,
    codec,
    clock,
    scheduler,
    stepped: () => steps++,
  })
  /** Lets what is asked be answered. */
  async function answered<T>(asking: Promise<T>): Promise<T> {
    await time.settle()
    return asking
  }
  return { time, brokers, keeper, answered, steps: () => steps }
}

test('each shard goes by the time of the broker that leads it', async () => {
  const { time, keeper, answered } = open()
  await answered(Promise.all([keeper.know(0), keeper.know(1)]))
  expect(keeper.of(0).now() - time.clock()).toBe(0)
  expect(keeper.of(1).now() - time.clock()).toBe(AHEAD_MS)
})

test('what stands in the state topic is as old as the broker says that leads its partition there', async () => {
  const { time, brokers, keeper, answered } = open()
  brokers.lead('log', 1, 0)
  brokers.lead('log', 0, 1)
  await answered(Promise.all([keeper.know(0), keeper.know(1)]))
  expect(keeper.ofState(0).now() - time.clock()).toBe(0)
  expect(keeper.ofState(1).now() - time.clock()).toBe(AHEAD_MS)
})

test('a broker is not asked by a partition that another one leads now', async () => {
  const { time, brokers, keeper, answered, steps } = open()
  await answered(keeper.know(0))
  brokers.lead('state', 0, 1)
  await time.advance(10_000)
  expect(steps()).toBe(0)
  expect(keeper.of(0).now() - time.clock()).toBe(0)
})

test('a shard that a broker with another time leads now is a step', async () => {
  const { time, brokers, keeper, answered, steps } = open()
  await answered(keeper.know(0))
  brokers.lead('log', 0, 1)
  await time.advance(10_000)
  expect(steps()).toBeGreaterThan(0)
})

test('a broker that does not answer holds up a new epoch for two seconds, and not at all when it leads nothing', async () => {
  const { time, brokers, keeper, answered } = open()
  await answered(Promise.all([keeper.know(0), keeper.know(1)]))
  const { driver } = brokers
  const { append } = driver
  driver.append = (messages) =>
    messages.some(({ partition }) => partition === 1) ? new Promise(() => undefined) : append(messages)
  let hasBegun = 0
  const begin = () => void keeper.begin().then(() => hasBegun++)

  await answered(Promise.all([keeper.know(0), keeper.know(1)]))
  begin()
  await time.advance(1_900)
  expect(hasBegun).toBe(0)
  await time.advance(200)
  expect(hasBegun).toBe(1)

  brokers.lead('log', 1, 0)
  await answered(keeper.know(0))
  begin()
  await time.settle()
  expect(hasBegun).toBe(2)
})

test('the time of a leader that does not answer in time goes on; that its clock was set is a step', async () => {
  const { time, brokers, keeper, answered, steps } = open()
  await answered(Promise.all([keeper.know(0), keeper.know(1)]))
  brokers.setAhead(1, 2 * AHEAD_MS)
  brokers.down(true)
  const beginning = keeper.begin()
  await time.advance(2_000)
  await beginning
  expect(keeper.of(1).now() - time.clock()).toBe(AHEAD_MS)
  brokers.down(false)
  await answered(keeper.know(1))
  await time.advance(2_000)
  expect(keeper.of(1).now() - time.clock()).toBe(AHEAD_MS)
  expect(steps()).toBeGreaterThan(0)
})
