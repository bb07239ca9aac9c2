import { ResponseError, UserError } from '@platformatic/kafka'
import { expect, test } from 'vitest'
import { platformaticAdmin } from './admin.ts'

const METADATA_API = 3
const ANSWER = { throttleTimeMs: 0, brokers: [], clusterId: 'c', controllerId: 1 }

/** A client whose brokers answer for a topic as given. */
function clientThat(answers: (topic: string) => Error) {
  const never = () => Promise.reject(new Error('not expected'))
  return {
    metadata({ topics = [] }: { topics?: string[] }) {
      const [topic] = topics
      if (topic !== undefined) return Promise.reject(answers(topic))
      const broker = { host: 'kafka', port: 9092, rack: null }
      return Promise.resolve({
        id: 'c',
        brokers: new Map([[1, broker]]),
        controllerId: 1,
        topics: new Map(),
        lastUpdate: 0,
      })
    },
    createTopics: never,
    describeConfigs: never,
    incrementalAlterConfigs: never,
    connectToBrokers: never,
  } as unknown as Parameters<typeof platformaticAdmin>[0]
}

function answer(topicError: number, partitionErrors: readonly number[]): Error {
  const partitions = partitionErrors.map((errorCode, partitionIndex) => ({
    errorCode,
    partitionIndex,
    leaderId: errorCode === 0 ? 2 : -1,
    leaderEpoch: 0,
    replicaNodes: [2, 3].slice(partitionIndex),
    isrNodes: [],
    offlineReplicas: [],
  }))
  const topic = {
    errorCode: topicError,
    name: 'log',
    topicId: 'id',
    isInternal: false,
    partitions: partitions.toReversed(),
  }
  const failed = partitionErrors.flatMap((code, at) =>
    code === 0 ? [] : [[`/topics/0/partitions/${at}`, [code, null]]],
  )
  const errors = topicError === 0 ? failed : [['/topics/0', [topicError, null]]]
  return new ResponseError(METADATA_API, 12, Object.fromEntries(errors), { ...ANSWER, topics: [topic] })
}

test('a topic some of whose partitions have no leader is known all the same', async () => {
  const admin = platformaticAdmin(clientThat(() => answer(0, [0, 5])))
  const { brokers, topics } = await admin.cluster(['log'])
  expect(brokers).toEqual([1])
  expect(topics.get('log')).toEqual({ id: 'id', leaders: [2, -1], replicas: 1 })
})

test('a topic that is only just being made has no leaders yet', async () => {
  const admin = platformaticAdmin(clientThat(() => answer(5, [])))
  expect((await admin.cluster(['log'])).topics.get('log')?.leaders).toEqual([])
})

test('a topic that is not there is left out', async () => {
  const admin = platformaticAdmin(clientThat((topic) => new UserError(`Unknown topic ${topic}.`)))
  expect((await admin.cluster(['log', 'state'])).topics.size).toBe(0)
})

test('what else the brokers refuse is an error', async () => {
  const admin = platformaticAdmin(clientThat(() => answer(29, [])))
  await expect(admin.cluster(['log'])).rejects.toThrow(ResponseError)
})
