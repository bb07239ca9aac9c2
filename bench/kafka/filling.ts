import { randomBytes } from 'node:crypto'
import { BEFORE_FIRST, type Key, LIMITS, type MemberId, type RoomId, type RoomRecord } from '@whisperrooms/protocol'
import type { Message } from '../../packages/server/src/bus/kafka/driver.ts'
import { platformaticDriver } from '../../packages/server/src/bus/kafka/platformatic/driver.ts'
import { recordCodec } from '../../packages/server/src/bus/kafka/record-codec.ts'
import { systemScheduler } from '../../packages/server/src/clock.ts'
import { writeBody } from '../../packages/server/src/rooms/body.ts'
import { textOf } from '../load/chat-text.ts'
import { macKey, roomKey } from './rooms-by-shard.ts'

const LOG_TOPIC = 'whisperrooms.log'
/** As long as a gateway allows by itself: all of it is alive when the shard is taken up. */
const TTL_SECONDS = 300
/** Below what a broker takes in one request. */
const BATCH = 1_000
const NOBODY = 'AAAAAAAAAAAAAAAA' as MemberId

const codec = recordCodec({ macKey })

/** A shard to be filled, and the rooms in it that are made for that. */
export interface Filling {
  readonly shard: number
  readonly rooms: readonly RoomId[]
  /** How many records it gets, those that make the rooms included. */
  readonly records: number
}

/** Appends records as gateways write them. The topics must be there. */
export async function fill(brokers: string, fillings: readonly Filling[]): Promise<void> {
  const driver = platformaticDriver({
    brokers: brokers.split(','),
    clientId: 'filling',
    connection: { tls: undefined, sasl: undefined },
    clock: () => performance.now(),
    scheduler: systemScheduler,
    trouble: (what, error) => console.error(what, error),
  })
  try {
    await driver.cluster([LOG_TOPIC])
    for (const filling of fillings)
      for (let from = 0; from < filling.records; from += BATCH) {
        const failed = await driver.append(batchOf(filling, from))
        if (failed.length > 0) throw new Error('the broker has not confirmed what a shard was filled with')
      }
  } finally {
    await driver.close()
  }
}

function batchOf({ shard, rooms, records }: Filling, from: number): Message[] {
  const messages: Message[] = []
  for (let i = from; i < Math.min(from + BATCH, records); i++) {
    const room = rooms[i % rooms.length]
    if (room === undefined) throw new RangeError('a shard cannot be filled without rooms')
    const record = i < rooms.length ? create(room) : message(room)
    messages.push({
      topic: LOG_TOPIC,
      partition: shard,
      key: Buffer.from(record.room),
      value: codec.encode(record),
    })
  }
  return messages
}

const create = (room: RoomId): RoomRecord => ({
  ...common(room),
  kind: 'create',
  member: NOBODY,
  as: 'owner',
  ttl: 0,
  body: writeBody({ ttl: TTL_SECONDS, history: 'live', listed: false, sealed: false, locked: false }),
})

function message(room: RoomId): RoomRecord {
  const member = randomBytes(12).toString('base64url') as MemberId
  const body = writeBody({ from: { id: member, name: 'somebody' }, text: textOf(0) })
  return { ...common(room), kind: 'message', member, as: 'member', ttl: TTL_SECONDS, body }
}

const common = (room: RoomId) =>
  ({
    v: 1,
    room: roomKey(room),
    joined: BEFORE_FIRST,
    key: randomBytes(12).toString('base64url') as Key,
    // Broker and benchmark are on one machine, so this is bus time.
    notAfter: Date.now() + LIMITS.beforeMs,
  }) as const
