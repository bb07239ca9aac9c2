import { beforeEach, expect, test, vi } from 'vitest'
import { manualTime } from '../../../testing/manual-time.ts'
import type { Message } from '../driver.ts'
import { platformaticDriver } from './driver.ts'

/** A request that the brokers have not answered yet. */
interface Request {
  readonly values: readonly string[]
  confirm(): void
  refuse(): void
}

/** Brokers that answer when the test wants it. */
const brokers = vi.hoisted(() => ({ leaders: [1], requests: [] as Request[] }))

vi.mock('@platformatic/kafka', async (importOriginal) => {
  class Admin {
    async metadata({ topics }: { topics: readonly string[] }) {
      const partitions = brokers.leaders.map((leader) => ({ leader, replicas: [1, 2, 3] }))
      return {
        brokers: new Map([1, 2, 3].map((id) => [id, {}])),
        topics: new Map(topics.map((topic) => [topic, { id: 'id', partitions }])),
      }
    }

    async close(): Promise<void> {}
  }

  class Producer {
    async send({ messages }: { messages: readonly Message[] }): Promise<void> {
      const { promise, resolve, reject } = Promise.withResolvers<void>()
      const values = messages.map(({ value }) => String(value))
      brokers.requests.push({ values, confirm: resolve, refuse: () => reject(new Error('refused')) })
      await promise
    }

    async close(): Promise<void> {}
  }

  return { ...(await importOriginal<object>()), Admin, Producer }
})

beforeEach(() => {
  brokers.leaders = [1, 2]
  brokers.requests = []
})

async function open() {
  const time = manualTime()
  const driver = platformaticDriver({
    ...time,
    brokers: ['localhost:9092'],
    clientId: 'test',
    connection: { tls: undefined, sasl: undefined },
    trouble: () => undefined,
  })
  await driver.cluster(['log'])
  return {
    time,
    /** @returns what was not taken, once that is known. */
    append(partition: number, value: string): { readonly failed: () => readonly string[] | undefined } {
      let failed: readonly string[] | undefined
      const message = { topic: 'log', partition, key: Buffer.from('key'), value: Buffer.from(value) }
      void driver.append([message]).then((messages) => {
        failed = messages.map((one) => String(one.value))
      })
      return { failed: () => failed }
    },
    async lead(...leaders: number[]): Promise<void> {
      brokers.leaders = leaders
      await driver.cluster(['log'])
    },
    /** The request under way with this in it. */
    request(value: string): Request {
      const found = brokers.requests.find(({ values }) => values.includes(value))
      if (found === undefined) throw new Error(`nobody was asked to append ${value}`)
      return found
    },
    sent: () => brokers.requests.flatMap(({ values }) => values),
  }
}

test('P3 nothing is sent to a new leader while the old one may still append what was sent before', async () => {
  const { time, append, lead, request, sent } = await open()
  const first = append(0, 'first')
  await time.settle()
  await lead(2, 2)
  const second = append(0, 'second')
  await time.settle()
  expect([first.failed(), second.failed()]).toEqual([undefined, ['second']])
  request('first').confirm()
  await time.settle()
  append(0, 'second')
  await time.settle()
  expect([first.failed(), sent()]).toEqual([[], ['first', 'second']])
})

test('P3 when the leader changes again meanwhile, it is the first one that is waited for', async () => {
  const { time, append, lead, request, sent } = await open()
  append(0, 'first')
  append(1, 'another partition')
  await time.settle()
  await lead(2, 2)
  await lead(3, 3)
  // The second leader has nothing of this partition, and is done with what it had of the other.
  request('another partition').confirm()
  await time.settle()
  const second = append(0, 'second')
  append(1, 'goes on')
  await time.settle()
  expect(second.failed()).toEqual(['second'])
  expect(sent()).toEqual(['first', 'another partition', 'goes on'])
  request('first').refuse()
  await time.settle()
  append(0, 'second')
  await time.settle()
  request('goes on').confirm()
  await time.settle()
  expect(sent().at(-1)).toBe('second')
})

test('P3 when the first is done, the second leader is waited for as well', async () => {
  const { time, append, lead, request, sent } = await open()
  append(0, 'first')
  await time.settle()
  await lead(2, 2)
  request('first').confirm()
  await time.settle()
  append(0, 'second')
  await time.settle()
  await lead(3, 3)
  const third = append(0, 'third')
  await time.settle()
  expect([third.failed(), sent()]).toEqual([['third'], ['first', 'second']])
  request('second').confirm()
  await time.settle()
  append(0, 'third')
  await time.settle()
  expect(sent()).toEqual(['first', 'second', 'third'])
})

test('a leader that comes back while it is still being waited for goes on with what it had', async () => {
  const { time, append, lead, request, sent } = await open()
  append(0, 'first')
  await time.settle()
  await lead(2, 2)
  await lead(1, 2)
  const second = append(0, 'second')
  await time.settle()
  request('first').confirm()
  await time.settle()
  if (second.failed() !== undefined) append(0, 'second')
  await time.settle()
  expect(sent()).toEqual(['first', 'second'])
})
