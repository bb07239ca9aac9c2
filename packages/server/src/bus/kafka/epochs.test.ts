import { expect, test } from 'vitest'
import { countingRandom } from '../../testing/counting-random.ts'
import { manualTime } from '../../testing/manual-time.ts'
import { memoryDriver } from '../../testing/memory-driver.ts'
import type { TopicInfo } from './driver.ts'
import { Epochs } from './epochs.ts'
import type { Lineage } from './state-entries.ts'

const TOPICS = { log: 'log', state: 'state' }

/** A gateway that is in an epoch; what is put into the state topic is read back at once. */
async function open() {
  const time = manualTime()
  const log: { id: string; leaders: number[]; replicas: number } = { id: 'first', leaders: [1, 1], replicas: 1 }
  const state: TopicInfo = { id: 'state', leaders: [1], replicas: 1 }
  const news: string[] = []
  const endings: PromiseWithResolvers<void>[] = []
  const epochs: Epochs = new Epochs({
    driver: {
      ...memoryDriver(time).driver,
      cluster: async () => ({ brokers: [1], topics: new Map(Object.entries({ log: { ...log }, state })) }),
      offsetAt: async (_topic, partition) => 10 + partition,
    },
    topics: TOPICS,
    state: {
      async put(_partition, _key, content) {
        epochs.read(content as Lineage)
        return true
      },
      follow: () => () => undefined,
      forget: () => undefined,
      close: () => undefined,
    },
    ...time,
    random: countingRandom(),
    ensureTopics: async () => undefined,
    ended() {
      news.push('ended')
      const ending = Promise.withResolvers<void>()
      endings.push(ending)
      return ending.promise
    },
    begun: () => news.push('begun'),
    trouble: () => undefined,
  })
  await epochs.ask()
  const settling = epochs.settle()
  await time.advance(1_000)
  await settling

  /** Looks at the brokers as they are now. */
  async function check(): Promise<void> {
    const checking = epochs.check()
    await time.advance(1_000)
    await checking
  }
  return { time, epochs, log, news, check, goOver: () => endings.shift()?.resolve() }
}

test('the first epoch begins behind what is in the log, and is no change', async () => {
  const { epochs, news, check } = await open()
  expect(epochs.current).not.toBe('')
  expect([epochs.shards, epochs.startOf(0), epochs.startOf(1)]).toEqual([2, 10, 11])
  await check()
  expect(news).toEqual([])
})

test.each<[string, Partial<Awaited<ReturnType<typeof open>>['log']>]>([
  ['was made anew', { id: 'second' }],
  ['has more partitions', { leaders: [1, 1, 1] }],
])('when the log %s, one epoch ends and another begins; in between nobody may go on', async (_, change) => {
  const { time, epochs, log, news, check, goOver } = await open()
  const { current } = epochs
  Object.assign(log, change)
  await check()
  expect(epochs.current).not.toBe(current)
  expect([news, epochs.isBetween]).toEqual([['ended'], true])
  goOver()
  await time.settle()
  expect([news, epochs.isBetween]).toEqual([['ended', 'begun'], false])
})

test('when an epoch ends before anybody was told of it, only the next one is told', async () => {
  const { time, epochs, log, news, check, goOver } = await open()
  for (const id of ['second', 'third']) {
    log.id = id
    await check()
  }
  goOver()
  await time.settle()
  expect([news, epochs.isBetween]).toEqual([['ended', 'ended'], true])
  goOver()
  await time.settle()
  expect([news, epochs.isBetween]).toEqual([['ended', 'ended', 'begun'], false])
})

test('nobody is told of one that begins after the bus was closed', async () => {
  const { time, epochs, log, news, check, goOver } = await open()
  log.id = 'second'
  await check()
  epochs.close()
  goOver()
  await time.settle()
  expect(news).toEqual(['ended'])
})
