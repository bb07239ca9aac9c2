import { expect, test } from 'vitest'
import { countingRandom } from '../../testing/counting-random.ts'
import { manualTime } from '../../testing/manual-time.ts'
import { memoryDriver } from '../../testing/memory-driver.ts'
import type { TopicInfo } from './driver.ts'
import { Epochs } from './epochs.ts'
import type { Lineage } from './state-entries.ts'

const TOPICS = { log: 'log', state: 'state' }

const logOf = (id: string, partitions: number): TopicInfo => ({
  id,
  leaders: Array.from({ length: partitions }, () => 1),
  replicas: 1,
})

/** A gateway that is in an epoch; what is put into the state topic is read back at once. */
async function open() {
  const time = manualTime()
  const topics = new Map([
    ['log', logOf('first', 2)],
    ['state', { id: 'state', leaders: [1, 1], replicas: 1 }],
  ])
  const news: string[] = []
  const endings: PromiseWithResolvers<void>[] = []
  const epochs: Epochs = new Epochs({
    driver: {
      ...memoryDriver(time).driver,
      cluster: async () => ({ brokers: [1], topics: new Map(topics) }),
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
  return { time, epochs, topics, news, check, goOver: () => endings.shift()?.resolve() }
}

test('the first epoch begins behind what is in the log, and is no change', async () => {
  const { epochs, news, check } = await open()
  expect(epochs.current).not.toBe('')
  expect([epochs.shards, epochs.startOf(0), epochs.startOf(1)]).toEqual([2, 10, 11])
  await check()
  expect(news).toEqual([])
})

test.each<[string, TopicInfo]>([
  ['was made anew', logOf('second', 2)],
  ['has more partitions', logOf('first', 3)],
])('when the log %s, one epoch ends and another begins; in between nobody may go on', async (_, log) => {
  const { time, epochs, topics, news, check, goOver } = await open()
  const { current } = epochs
  topics.set('log', log)
  await check()
  expect(epochs.current).not.toBe(current)
  expect([news, epochs.isBetween]).toEqual([['ended'], true])
  goOver()
  await time.settle()
  expect([news, epochs.isBetween]).toEqual([['ended', 'begun'], false])
})

test('when an epoch ends before anybody was told of it, only the next one is told', async () => {
  const { time, epochs, topics, news, check, goOver } = await open()
  for (const id of ['second', 'third']) {
    topics.set('log', logOf(id, 2))
    await check()
  }
  goOver()
  await time.settle()
  expect([news, epochs.isBetween]).toEqual([['ended', 'ended'], true])
  goOver()
  await time.settle()
  expect([news, epochs.isBetween]).toEqual([['ended', 'ended', 'begun'], false])
})

test('while the state topic is gone it is as large as it was; a gateway that goes over looks how large it is', async () => {
  const { time, epochs, topics, check, goOver } = await open()
  topics.delete('state')
  await check()
  expect(epochs.statePartitions).toBe(2)
  topics.set('state', logOf('state again', 5))
  epochs.read({ number: 9, id: 'of another gateway', topicId: 'first', starts: [20, 21] })
  goOver()
  await time.settle()
  expect(epochs.statePartitions).toBe(5)
})

test.each(['log', 'state'])('when the topic %s is not there twice in a row, another epoch begins', async (topic) => {
  const { topics, news, check } = await open()
  const known = topics.get(topic) ?? logOf('first', 2)
  topics.delete(topic)
  await check()
  topics.set(topic, known)
  await check()
  expect(news).toEqual([])
  topics.delete(topic)
  await check()
  await check()
  expect(news).toEqual(['ended'])
})

test('nobody is told of one that begins after the bus was closed', async () => {
  const { time, epochs, topics, news, check, goOver } = await open()
  topics.set('log', logOf('second', 2))
  await check()
  epochs.close()
  goOver()
  await time.settle()
  expect(news).toEqual(['ended'])
})
