import {
  type Consumer,
  createRecordsBatch,
  FetchIsolationLevels,
  Reader,
  readRecordsBatches,
} from '@platformatic/kafka'
import type { Message, StoredMessage } from '../driver.ts'

type FetchResponse = Awaited<ReturnType<Consumer['fetch']>>
export type FetchedPartition = FetchResponse['responses'][number]['partitions'][number]

const MAX_BYTES = 16 * 1024 * 1024
/** The library looks for its place among the pieces a response came in, once for each value: with larger ones it takes longer for a record. */
const MAX_PARTITION_BYTES = 1024 * 1024

const NOTHING = Buffer.alloc(0)

/** Bits of a batch's attributes (Kafka's record batch format). */
const LOG_APPEND_TIME = 0x08
const CONTROL = 0x20

/** A partition, and the offset from which it is wanted. */
export interface Wanted {
  readonly follower: { readonly partition: number }
  readonly topicId: string
  readonly next: number
}

/** What a partition is called among those that were fetched. */
export const keyOf = ({ topicId, follower }: Wanted): string => `${topicId} ${follower.partition}`

/** Asks one broker for what comes next in some partitions that it leads. */
export async function fetchPartitions(
  consumer: Consumer,
  node: number,
  turn: readonly Wanted[],
  maxWaitTime: number,
): Promise<ReadonlyMap<string, FetchedPartition>> {
  // Several followers of one partition: from where the hindmost is.
  const from = new Map<string, Wanted>()
  for (const following of turn) {
    const key = keyOf(following)
    const other = from.get(key)
    if (other === undefined || following.next < other.next) from.set(key, following)
  }
  const topics = new Map<string, ReturnType<typeof requestOf>[]>()
  for (const following of from.values()) {
    const partitions = topics.get(following.topicId) ?? []
    topics.set(following.topicId, partitions)
    partitions.push(requestOf(following))
  }
  const request = {
    node,
    minBytes: 1,
    // Nobody of ours writes in transactions, and nobody else's are waited for.
    isolationLevel: FetchIsolationLevels.READ_UNCOMMITTED,
    maxBytes: MAX_BYTES,
    maxWaitTime,
    topics: [...topics].map(([topicId, partitions]) => ({ topicId, partitions })),
  }
  const { responses } = await consumer.fetch(request).catch(responseIn)
  const fetched = new Map<string, FetchedPartition>()
  for (const { topicId, partitions } of responses)
    for (const partition of partitions) fetched.set(`${topicId} ${partition.partitionIndex}`, partition)
  return fetched
}

function requestOf({ follower, next }: Wanted) {
  return {
    partition: follower.partition,
    fetchOffset: BigInt(next),
    currentLeaderEpoch: -1,
    lastFetchedEpoch: -1,
    partitionMaxBytes: MAX_PARTITION_BYTES,
  }
}

/** The response in an error: when one partition has an error, the library throws away what came of the others. */
function responseIn(error: unknown): FetchResponse {
  if (error instanceof Error) {
    if ('response' in error && isFetchResponse(error.response)) return error.response
    const inner = 'errors' in error && Array.isArray(error.errors) ? error.errors : []
    for (const one of inner) {
      try {
        return responseIn(one)
      } catch {
        // Not in this one.
      }
    }
  }
  throw error
}

function isFetchResponse(value: unknown): value is FetchResponse {
  return (
    typeof value === 'object' &&
    value !== null &&
    'responses' in value &&
    Array.isArray(value.responses) &&
    value.responses.length > 0
  )
}

/** What of a fetch lies at or after `next`, and the offset behind it. A batch may begin earlier than was asked for. */
export function readBatches(
  fetched: Pick<FetchedPartition, 'records'> | undefined,
  next: number,
): { messages: StoredMessage[]; end: number } {
  const messages: StoredMessage[] = []
  let end = 0
  for (const batch of fetched?.records ?? []) {
    const first = Number(batch.firstOffset)
    end = first + batch.lastOffsetDelta + 1
    if ((batch.attributes & CONTROL) !== 0) continue
    const isAppendTime = (batch.attributes & LOG_APPEND_TIME) !== 0
    for (const { offsetDelta, timestampDelta, key, value } of batch.records) {
      const offset = first + offsetDelta
      if (offset < next) continue
      const at = Number(isAppendTime ? batch.maxTimestamp : batch.firstTimestamp + timestampDelta)
      messages.push({ offset, at, key: key ?? null, value: value ?? null })
    }
  }
  return { messages, end }
}

/** The messages as they are when a fetch has brought them: written and read as a batch of Kafka's. */
export function asFetched(messages: readonly Message[], at: number): StoredMessage[] {
  const timestamp = BigInt(Math.floor(at))
  const batch = createRecordsBatch(
    messages.map(({ value, ...message }) => ({ ...message, value: value ?? NOTHING, timestamp })),
  )
  return readBatches({ records: readRecordsBatches(Reader.from(batch.buffer)) }, 0).messages
}
