import type { Connection, Consumer } from '@platformatic/kafka'
import { expect, test } from 'vitest'
import { shortPolls } from './fetch.ts'
import type { FetchedPartition } from './fetch-response.ts'

const TOPIC = '01234567-89ab-cdef-0123-456789abcdef'
const NONE = 0
const NOT_LEADER = 6
const WANTED = [{ follower: { partition: 0 }, topicId: TOPIC, next: 0 }]

/** Brokers by their ids, each with what it answers; the library knows of them what they were when it was last asked. */
function open() {
  const brokers = new Map<number, { errorCode: number; isUp: boolean; polls: number }>()
  let known = new Map(brokers)
  let asked = 0
  const consumer = {
    async metadata() {
      asked++
      known = new Map(brokers)
    },
    async connectToBrokers([node = 0]: number[]) {
      const broker = known.get(node)
      if (broker === undefined) return new Map()
      const connection: Pick<Connection, 'isConnected' | 'send'> = {
        isConnected: () => broker.isUp,
        send(...args: unknown[]) {
          const callback = args.at(-1) as (error: Error | null, fetched?: FetchedPartition[]) => void
          broker.polls++
          const { errorCode } = broker
          if (broker.isUp)
            callback(null, [{ topicId: TOPIC, partition: 0, errorCode, highWatermark: 0, messages: [], end: 0 }])
          else callback(new Error('the connection is closed'))
        },
      }
      return new Map([[node, connection]])
    },
  } as unknown as Consumer
  const fetch = shortPolls(consumer)
  return {
    /** @returns how the broker answered. */
    poll: async (node: number) => (await fetch(node, WANTED, 1)).get(`${TOPIC} 0`)?.errorCode,
    asked: () => asked,
    brokerAt(node: number, errorCode = NONE) {
      const broker = { errorCode, isUp: true, polls: 0 }
      brokers.set(node, broker)
      return broker
    },
  }
}

test('where brokers are is asked when one is needed first, and not for each poll', async () => {
  const { poll, asked, brokerAt } = open()
  const first = brokerAt(1)
  for (let i = 0; i < 3; i++) expect(await poll(1)).toBe(NONE)
  expect([asked(), first.polls]).toEqual([1, 3])
})

test('a broker that came later is found', async () => {
  const { poll, brokerAt } = open()
  brokerAt(1)
  await poll(1)
  await expect(poll(4)).rejects.toThrow('is not there')
  brokerAt(4)
  expect(await poll(4)).toBe(NONE)
})

test('one that comes back elsewhere is looked for anew, whether its old connection is closed or answered by another', async () => {
  const { poll, brokerAt } = open()
  const closed = brokerAt(1)
  await poll(1)
  closed.isUp = false
  const another = brokerAt(1)
  expect(await poll(1)).toBe(NONE)
  another.errorCode = NOT_LEADER
  expect(await poll(1)).toBe(NOT_LEADER)
  const moved = brokerAt(1)
  expect(await poll(1)).toBe(NONE)
  expect(moved.polls).toBe(1)
})
