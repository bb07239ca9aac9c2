import {
  type Connection,
  type Consumer,
  createAPI,
  createRecordsBatch,
  FetchIsolationLevels,
  fetchV13,
  type Reader,
} from '@platformatic/kafka'
import type { Message, StoredMessage } from '../driver.ts'
import { type FetchedPartition, messagesIn, readBatches, readFetchResponse } from './fetch-response.ts'

type LibraryResponse = Awaited<ReturnType<Consumer['fetch']>>
type RequestTopics = Parameters<typeof fetchV13.createRequest>[6]

const MIN_BYTES = 1
const MAX_BYTES = 16 * 1024 * 1024
/** The library looks for its place among the pieces a response came in, once for each value: with larger ones it takes longer for a record. */
const MAX_LONG_POLL_BYTES = 1024 * 1024
/** What lies in a window of minutes is mostly less: then one fetch brings it. */
const MAX_SHORT_POLL_BYTES = 4 * 1024 * 1024
/** Nobody of ours writes in transactions, and nobody else's are waited for. */
const ISOLATION = FetchIsolationLevels.READ_UNCOMMITTED
/** All that is wanted is said, and the broker keeps nothing of it for the next one (KIP-227). */
const NO_SESSION = 0
const FINAL_EPOCH = -1

const LEADER_NOT_AVAILABLE = 5
const NOT_LEADER = 6
const isLedElsewhere = (errorCode: number): boolean => errorCode === LEADER_NOT_AVAILABLE || errorCode === NOT_LEADER

const FETCH_KEY = 1
const FETCH_VERSION = 13
const NOTHING = Buffer.alloc(0)

/** A partition, and the offset from which it is wanted. */
export interface Wanted {
  readonly follower: { readonly partition: number }
  readonly topicId: string
  readonly next: number
}

/** Asks one broker for what comes next in some partitions that it leads; it may wait so long for something to come. */
export type Fetch = (
  node: number,
  turn: readonly Wanted[],
  maxWaitMs: number,
) => Promise<ReadonlyMap<string, FetchedPartition>>

/** What a partition is called among those that were fetched. */
export const keyOf = ({ topicId, follower }: Wanted): string => `${topicId} ${follower.partition}`

/** For many partitions over and over: the broker remembers them between two polls. */
export function longPolls(consumer: Consumer): Fetch {
  return async (node, turn, maxWaitTime) => {
    const topics = topicsOf(turn, MAX_LONG_POLL_BYTES)
    const request = { node, minBytes: MIN_BYTES, isolationLevel: ISOLATION, maxBytes: MAX_BYTES, maxWaitTime, topics }
    const { responses } = await consumer.fetch(request).catch(responseIn)
    return byKey(
      responses.flatMap(({ topicId, partitions }) =>
        partitions.map(({ partitionIndex, errorCode, highWatermark, records }) => ({
          topicId,
          partition: partitionIndex,
          errorCode,
          highWatermark: Number(highWatermark),
          ...messagesIn(records ?? []),
        })),
      ),
    )
  }
}

/** For a few partitions with much in them: what comes is read by what reads it fastest. */
export function shortPolls(consumer: Consumer): Fetch {
  const connections = new Map<number, Connection>()

  async function connectionTo(node: number): Promise<Connection> {
    const known = connections.get(node)
    if (known?.isConnected() === true) return known
    // The library asks where brokers are once, unless it is told to ask again.
    await consumer.metadata({ topics: [], forceUpdate: true })
    const made = (await consumer.connectToBrokers([node])).get(node)
    if (made === undefined) throw new Error('a broker that leads a partition is not there')
    return made
  }

  return async (node, turn, maxWaitMs) => {
    const topics = topicsOf(turn, MAX_SHORT_POLL_BYTES)
    const [id, epoch, most] = [NO_SESSION, FINAL_EPOCH, MAX_SHORT_POLL_BYTES]
    const connection = await connectionTo(node)
    // Another broker may answer there by now: unless this one leads what it is asked for, it is looked for anew.
    connections.delete(node)
    const fetched = await fetchWhole.async(connection, maxWaitMs, MIN_BYTES, most, ISOLATION, id, epoch, topics, [], '')
    if (!fetched.some(({ errorCode }) => isLedElsewhere(errorCode))) connections.set(node, connection)
    return byKey(fetched)
  }
}

const fetchWhole = createAPI<Parameters<typeof fetchV13.createRequest>, FetchedPartition[]>(
  FETCH_KEY,
  FETCH_VERSION,
  fetchV13.createRequest,
  (_id: number, _key: number, _version: number, { buffer, position }: Reader) =>
    readFetchResponse(buffer.slice(position)),
)

/** Of several followers of one partition: from where the hindmost is. */
function topicsOf(turn: readonly Wanted[], partitionMaxBytes: number): RequestTopics {
  const hindmost = new Map<string, Wanted>()
  for (const wanted of turn) {
    const other = hindmost.get(keyOf(wanted))
    if (other === undefined || wanted.next < other.next) hindmost.set(keyOf(wanted), wanted)
  }
  const topics = Map.groupBy(hindmost.values(), ({ topicId }) => topicId)
  return [...topics].map(([topicId, those]) => ({
    topicId,
    partitions: those.map(({ follower, next }) => ({
      partition: follower.partition,
      fetchOffset: BigInt(next),
      currentLeaderEpoch: -1,
      lastFetchedEpoch: -1,
      partitionMaxBytes,
    })),
  }))
}

function byKey(partitions: readonly FetchedPartition[]): ReadonlyMap<string, FetchedPartition> {
  return new Map(partitions.map((one) => [`${one.topicId} ${one.partition}`, one]))
}

/** The response in an error: when one partition has an error, the library throws away what came of the others. */
function responseIn(error: unknown): LibraryResponse {
  if (error instanceof Error) {
    if ('response' in error && isLibraryResponse(error.response)) return error.response
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

function isLibraryResponse(value: unknown): value is LibraryResponse {
  return (
    typeof value === 'object' &&
    value !== null &&
    'responses' in value &&
    Array.isArray(value.responses) &&
    value.responses.length > 0
  )
}

/** The messages as they are when a short poll has brought them: written and read as a batch of Kafka's. */
export function asFetched(messages: readonly Message[], at: number, offset: number): readonly StoredMessage[] {
  const timestamp = BigInt(Math.floor(at))
  const batch = createRecordsBatch(
    messages.map(({ value, ...message }) => ({ ...message, value: value ?? NOTHING, timestamp })),
  )
  const { buffer } = batch
  buffer.writeBigInt64BE(BigInt(offset))
  return readBatches(buffer).messages
}
