import type { Consumer } from '@platformatic/kafka'
import type { AppendedRecord, Offset } from '@whisperrooms/protocol'
import type { Clock, Scheduler } from '../../clock.ts'
import type { BusSubscriber } from '../bus.ts'
import { decodeRecord } from './record-codec.ts'

type FetchResponse = Awaited<ReturnType<Consumer['fetch']>>
type FetchedPartition = FetchResponse['responses'][number]['partitions'][number]

/** How long a broker may hold a fetch that finds nothing, in milliseconds: so often a quiet shard is known to be read. */
const MAX_WAIT_MS = 500
const MAX_BYTES = 8 * 1024 * 1024
const MAX_PARTITION_BYTES = 1024 * 1024
/** After a fetch that failed, in milliseconds. */
const PAUSE_MS = 200

/** Bits of a batch's attributes (Kafka's record batch format). */
const LOG_APPEND_TIME = 0x08
const CONTROL = 0x20

const OFFSET_OUT_OF_RANGE = 1

/** Where one subscriber is in one partition. */
export interface Reader {
  readonly partition: number
  readonly subscriber: BusSubscriber
  next: bigint
  /** Called when it has read to the end, which may be more than once. */
  readonly caughtUp: () => void
}

export interface FetchLoopOptions {
  readonly consumer: Consumer
  readonly topicId: () => string
  /** The broker that leads a partition; `undefined` when nobody knows. */
  readonly leaderOf: (partition: number) => number | undefined
  readonly refresh: () => Promise<void>
  /** Bus time, milliseconds. */
  readonly busNow: Clock
  readonly scheduler: Scheduler
  /** A fetch succeeded, or did not. */
  readonly fetched: (isOk: boolean) => void
  /** Records were gone before they were read. */
  readonly overtaken: () => void
  /** Something on the topic could not be read. */
  readonly unreadable: () => void
}

/**
 * Reads partitions without a consumer group: each gateway reads what it hosts, from where it wants, and nobody rebalances.
 * One loop per broker, so that a broker that is down keeps nobody from the others.
 */
export class FetchLoop {
  readonly #options: FetchLoopOptions
  readonly #readers = new Map<number, Set<Reader>>()
  readonly #loops = new Set<number>()
  #closed = false

  constructor(options: FetchLoopOptions) {
    this.#options = options
  }

  add(reader: Reader): void {
    const readers = this.#readers.get(reader.partition) ?? new Set()
    this.#readers.set(reader.partition, readers.add(reader))
    this.#startLoops()
  }

  delete(reader: Reader): void {
    const readers = this.#readers.get(reader.partition)
    readers?.delete(reader)
    if (readers?.size === 0) this.#readers.delete(reader.partition)
  }

  close(): void {
    this.#closed = true
    this.#readers.clear()
  }

  #startLoops(): void {
    for (const partition of this.#readers.keys()) {
      const node = this.#options.leaderOf(partition)
      if (node === undefined || this.#loops.has(node)) continue
      this.#loops.add(node)
      void this.#loop(node).finally(() => this.#loops.delete(node))
    }
  }

  async #loop(node: number): Promise<void> {
    while (!this.#closed) {
      const partitions = [...this.#readers.keys()].filter((partition) => this.#options.leaderOf(partition) === node)
      if (partitions.length === 0) return
      try {
        await this.#fetch(node, partitions)
        this.#options.fetched(true)
      } catch {
        if (this.#closed) return
        this.#options.fetched(false)
        await this.#pause()
        await this.#options.refresh().catch(() => undefined)
        this.#startLoops()
      }
    }
  }

  async #fetch(node: number, partitions: readonly number[]): Promise<void> {
    const asOf = this.#options.busNow()
    const requested = partitions.map((partition) => this.#request(partition))
    const { responses } = await this.#options.consumer.fetch({
      node,
      minBytes: 1,
      maxBytes: MAX_BYTES,
      maxWaitTime: MAX_WAIT_MS,
      topics: [{ topicId: this.#options.topicId(), partitions: requested }],
    })
    const fetched = new Map<number, FetchedPartition>()
    for (const { partitions } of responses) for (const one of partitions) fetched.set(one.partitionIndex, one)
    const taking: Promise<void>[] = []
    for (const { partition, fetchOffset } of requested)
      taking.push(...this.#deliver(partition, fetchOffset, fetched.get(partition), asOf))
    await Promise.all(taking)
  }

  #request(partition: number) {
    const readers = [...(this.#readers.get(partition) ?? [])]
    const first = readers.reduce((least, { next }) => (next < least ? next : least), readers[0]?.next ?? 0n)
    return {
      partition,
      fetchOffset: first,
      currentLeaderEpoch: -1,
      lastFetchedEpoch: -1,
      partitionMaxBytes: MAX_PARTITION_BYTES,
    }
  }

  /** Brings readers what came of their partition from `from` on. What is not in the response has nothing new. */
  #deliver(partition: number, from: bigint, fetched: FetchedPartition | undefined, asOf: number): Promise<void>[] {
    if (fetched?.errorCode === OFFSET_OUT_OF_RANGE) {
      this.#options.overtaken()
      for (const reader of this.#readers.get(partition) ?? []) reader.next = fetched.logStartOffset
      return []
    }
    if (fetched !== undefined && fetched.errorCode !== 0) throw new Error(`fetch error ${fetched.errorCode}`)
    const { records, end } = this.#read(fetched)
    const taking: Promise<void>[] = []
    for (const reader of this.#readers.get(partition) ?? []) {
      // One that came while the fetch was under way, and wants to begin earlier, waits for the next.
      if (reader.next < from) continue
      const batch = records.filter(({ offset }) => BigInt(offset) >= reader.next)
      if (end !== undefined && end > reader.next) reader.next = end
      const isAtTail = fetched === undefined || reader.next >= fetched.highWatermark
      const readUpToMs = isAtTail ? asOf : (batch.at(-1)?.at ?? 0)
      if (batch.length === 0 && !isAtTail) continue
      const busy = reader.subscriber.take(batch, readUpToMs)
      if (busy !== undefined) taking.push(busy)
      if (isAtTail) reader.caughtUp()
    }
    return taking
  }

  #read(fetched: FetchedPartition | undefined): { records: AppendedRecord[]; end: bigint | undefined } {
    const records: AppendedRecord[] = []
    let end: bigint | undefined
    for (const batch of fetched?.records ?? []) {
      end = batch.firstOffset + BigInt(batch.lastOffsetDelta) + 1n
      if ((batch.attributes & CONTROL) !== 0) continue
      for (const { offsetDelta, timestampDelta, key, value } of batch.records) {
        const record = decodeRecord(key, value)
        if (record === undefined) this.#options.unreadable()
        else
          records.push({
            record,
            offset: (Number(batch.firstOffset) + offsetDelta) as Offset,
            at: Number(
              (batch.attributes & LOG_APPEND_TIME) === 0 ? batch.firstTimestamp + timestampDelta : batch.maxTimestamp,
            ),
          })
      }
    }
    return { records, end }
  }

  #pause(): Promise<void> {
    return new Promise((resolve) => {
      this.#options.scheduler.after(PAUSE_MS, resolve)
    })
  }
}
