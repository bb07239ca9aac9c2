import { FIRST, type Key, LIMITS, type MemberId, type RoomKey, type RoomRecord } from '@whisperrooms/protocol'
import type { Clock, Random, Scheduler } from '../../clock.ts'
import type { BusSubscriber } from '../bus.ts'
import { type KafkaDriver, type Message, type StoredMessage, storedMessage } from './driver.ts'
import type { KafkaClock } from './kafka-clock.ts'
import { LogFollower } from './log-follower.ts'
import type { RecordCodec } from './record-codec.ts'
import { Waiting } from './waiting.ts'

/** About as many as it takes until all that is run for a record has been compiled (docs/adr/0012). */
const BATCHES = 12
const BATCH_RECORDS = 500
const RECORDS = BATCHES * BATCH_RECORDS
const ROOMS = 25
const ID_BYTES = 12
const ID_CHARS = 16
/** As little as there is: then they vanish, as others do. */
const TTL_SECONDS = 1
const TEXT = 'as long as what is said in one sentence mostly is, with a link https://example.org/'

/** How long a partition that does not answer is waited for, in milliseconds. */
const LOOK_MS = 1_000

export interface RehearsalOptions {
  readonly driver: Pick<KafkaDriver, 'asFetched' | 'offsetAt' | 'follow'>
  readonly logTopic: string
  readonly codec: RecordCodec
  readonly subscriber: BusSubscriber
  readonly time: () => KafkaClock
  readonly clock: Clock
  readonly scheduler: Scheduler
  readonly random: Random
}

/**
 * Takes up a shard that is not there, of records that are nobody's: what a take-up runs is compiled then, and whoever comes first does not
 * wait for that. A process that has just started takes four times as long for a record as one that has taken some thousands.
 */
export async function rehearse(options: RehearsalOptions): Promise<void> {
  await look(options)
  const { subscriber, time, clock, random } = options
  const { promise: caughtUp, resolve } = Promise.withResolvers<void>()
  const follower = new LogFollower({
    ...options,
    topic: 'rehearsal',
    partition: 0,
    from: FIRST,
    looked: () => undefined,
    caughtUp: resolve,
    hasStepped: async () => false,
    diverged: () => undefined,
    trouble: () => undefined,
    waiting: new Waiting(clock),
  })
  const rooms = Array.from({ length: ROOMS }, () => random(16).toString('base64url') as RoomKey)
  const ids = random(RECORDS * ID_BYTES).toString('base64url')
  subscriber.begins(FIRST)
  for (let batch = 0; batch < BATCHES; batch++) {
    const next = batch * BATCH_RECORDS
    const records = Array.from({ length: BATCH_RECORDS }, (_, i) => recordOf(rooms, ids, next + i, time().now()))
    await follower.took(fetched(options, records, next), next + BATCH_RECORDS, undefined)
  }
  const first = rooms[0]
  if (first !== undefined) void follower.taken(first)
  await follower.took([], RECORDS, clock())
  await caughtUp
  follower.end()
}

/** Looks at the end of a partition that is there: then the connections are, too. One that cannot be looked at is none of this one's business. */
async function look({ driver, logTopic, scheduler }: RehearsalOptions): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>()
  const looked = (): void => resolve()
  const cancel = scheduler.after(LOOK_MS, looked)
  let isOver = false
  let stop = (): void => undefined
  const follow = (from: number): void => {
    if (isOver) return
    stop = driver.follow({
      topic: logTopic,
      partition: 0,
      from,
      took(): undefined {
        looked()
      },
      overtaken: looked,
      diverged: looked,
    })
  }
  driver.offsetAt(logTopic, 0, 'latest').then(follow, looked)
  await promise
  isOver = true
  cancel()
  stop()
}

/** What a fetch brings of these records, as near to it as the driver can. */
function fetched(
  { driver, codec, time }: RehearsalOptions,
  records: RoomRecord[],
  from: number,
): readonly StoredMessage[] {
  const messages = records.map(
    (record): Message => ({
      topic: 'rehearsal',
      partition: 0,
      key: Buffer.from(record.room),
      value: codec.encode(record),
    }),
  )
  const at = time().now()
  const asStored = ({ key, value }: Message, i: number) => storedMessage(from + i, at, key, value ?? null)
  return driver.asFetched?.(messages, at, from) ?? messages.map(asStored)
}

/** The first of a room makes it. @param ids one of 16 characters after another, a record's at its place. */
function recordOf(rooms: readonly RoomKey[], ids: string, index: number, now: number): RoomRecord {
  const id = ids.slice(index * ID_CHARS, (index + 1) * ID_CHARS)
  const member = id as MemberId
  const common = {
    v: 1,
    room: rooms[index % rooms.length] ?? ('' as RoomKey),
    member,
    joined: FIRST,
    key: id as Key,
    notAfter: now + LIMITS.beforeMs,
  } as const
  if (index < rooms.length) return { ...common, kind: 'create', as: 'owner', ttl: 0, body: bodyOf({}) }
  const body = bodyOf({ from: { id: member, name: 'nobody' }, text: TEXT })
  return { ...common, kind: 'message', as: 'member', ttl: TTL_SECONDS, body }
}

const bodyOf = (content: object): Buffer => Buffer.from(JSON.stringify(content))
