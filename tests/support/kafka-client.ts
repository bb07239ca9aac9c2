import { Admin, type BaseOptions, Consumer, Producer } from '@platformatic/kafka'

/** Asks a broker something, with a connection of its own. */
export async function withAdmin<T>(client: BaseOptions, ask: (admin: Admin) => Promise<T>): Promise<T> {
  const admin = new Admin(client)
  try {
    return await ask(admin)
  } finally {
    await admin.close()
  }
}

/** Appends a record, as a gateway does. @returns its offset. */
export async function write(client: BaseOptions, topic: string, value: string, partition = 0): Promise<bigint> {
  const producer = new Producer({ ...client, idempotent: true, acks: -1 })
  try {
    const { offsets } = await producer.send({ messages: [{ topic, partition, value: Buffer.from(value) }] })
    return offsets?.[0]?.offset ?? -1n
  } finally {
    await producer.close()
  }
}

export interface ReadRecord {
  readonly value: string | undefined
  /** When the topic stamps records as they are appended: when that was, in the broker's time. Milliseconds. */
  readonly appendedMs: number
}

/** Reads the record that `write` appended at an offset of partition 0 on broker 1, as a gateway does: in no group. */
export async function read(client: BaseOptions, topic: string, offset: bigint): Promise<ReadRecord> {
  const consumer = new Consumer({ ...client, groupId: 'test' })
  try {
    const partition = {
      partition: 0,
      fetchOffset: offset,
      currentLeaderEpoch: -1,
      lastFetchedEpoch: -1,
      partitionMaxBytes: 65_536,
    }
    const { responses } = await consumer.fetch({
      node: 1,
      minBytes: 1,
      maxBytes: 65_536,
      maxWaitTime: 500,
      topics: [{ topicId: await idOf(consumer, topic), partitions: [partition] }],
    })
    const batch = responses[0]?.partitions[0]?.records?.[0]
    return { value: batch?.records[0]?.value?.toString(), appendedMs: Number(batch?.maxTimestamp) }
  } finally {
    await consumer.close()
  }
}

async function idOf(consumer: Consumer, topic: string): Promise<string> {
  return (await consumer.metadata({ topics: [topic] })).topics.get(topic)?.id ?? ''
}
