import { randomBytes } from 'node:crypto'
import { type Kafka, Partitioners } from 'kafkajs'
import { DUPLICATE_MS, type Message, MOST_CHARS, partitionOf, readMessage, roomKeyOf, writeMessage } from './record.ts'

const TOPIC = 'whisperrooms.log'
/** How long a message may take into the log, in milliseconds: later it is void, so that nobody hears it when nobody expects it. */
const PATIENCE_MS = 10_000
/** A room's own time to live is not on the topic; this is the shortest there is unless an operator says otherwise. */
const TTL_SECONDS = 120

export interface Room {
  /** @throws when it is not known to be in the log. */
  say(text: string): Promise<void>
  close(): Promise<void>
}

/** Opens a room of the topic; `heard` is told whatever others say in it from then on. */
export async function openRoom(
  kafka: Kafka,
  { namesKey, room, name }: { readonly namesKey: Buffer; readonly room: string; readonly name: string },
  heard: (message: Message) => void,
): Promise<Room> {
  const member = randomBytes(12).toString('base64url')
  const roomKey = roomKeyOf(namesKey, room)
  const { partition, others, end } = await placeOf(kafka, roomKey)
  const isFirst = firstUnderKey()

  const producer = kafka.producer({
    allowAutoTopicCreation: false,
    createPartitioner: Partitioners.DefaultPartitioner,
    // Two in flight could overtake each other. A retry that was not needed does no harm: one key is one message.
    maxInFlightRequests: 1,
  })
  await producer.connect()

  // A group of its own, which commits nothing: the bot wants one partition, from now on.
  const consumer = kafka.consumer({
    groupId: `whisperrooms-bot-${member}`,
    allowAutoTopicCreation: false,
    // How long a quiet topic keeps it from ending.
    maxWaitTimeInMs: 1_000,
  })
  await consumer.connect()
  await consumer.subscribe({ topic: TOPIC })
  await consumer.run({
    autoCommit: false,
    async eachMessage({ message: { key, value, timestamp } }) {
      if (key?.toString() !== roomKey) return
      const message = readMessage(value, Number(timestamp))
      if (message !== undefined && message.member !== member && isFirst(message, Number(timestamp))) heard(message)
    },
  })
  consumer.seek({ topic: TOPIC, partition, offset: end })
  consumer.pause([{ topic: TOPIC, partitions: others }])

  return {
    async say(text) {
      // What no gateway can read is told to the room's members as missing: better not to write it.
      if (text.trim() === '' || text.length > MOST_CHARS) throw new Error(`a message has 1 to ${MOST_CHARS} characters`)
      const notAfter = Date.now() + PATIENCE_MS
      const message = { member, name, key: randomBytes(12).toString('base64url'), text }
      const value = writeMessage(message, { notAfter, ttlSeconds: TTL_SECONDS })
      const [stored] = await producer.send({ topic: TOPIC, acks: -1, messages: [{ key: roomKey, partition, value }] })
      if (Number(stored?.logAppendTime) > notAfter)
        throw new Error('it came too late, or the clock of this machine is behind the broker’s')
    },
    async close() {
      await Promise.allSettled([producer.disconnect(), consumer.disconnect()])
    },
  }
}

/** Where on the topic a room is, and where its partition ends now. */
async function placeOf(kafka: Kafka, roomKey: string) {
  const admin = kafka.admin()
  await admin.connect()
  try {
    const partitions = await admin.fetchTopicOffsets(TOPIC)
    const partition = partitionOf(roomKey, partitions.length)
    const end = partitions.find((one) => one.partition === partition)?.high ?? '0'
    return { partition, end, others: partitions.map((one) => one.partition).filter((one) => one !== partition) }
  } finally {
    await admin.disconnect()
  }
}

/** Tells whether a message is the first under its member's key: what was sent again is in the log again. */
function firstUnderKey(): (message: Message, at: number) => boolean {
  const seen = new Map<string, number>()
  return ({ member, key }, at) => {
    for (const [id, since] of seen) {
      if (at - since < DUPLICATE_MS) break
      seen.delete(id)
    }
    const id = `${member} ${key}`
    if (seen.has(id)) return false
    seen.set(id, at)
    return true
  }
}
