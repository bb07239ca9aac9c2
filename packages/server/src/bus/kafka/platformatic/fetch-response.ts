import { Reader, type RecordsBatch, readRecordsBatches } from '@platformatic/kafka'
import { type StoredMessage, storedMessage } from '../driver.ts'
import { FetchedMessage } from './fetched-message.ts'

/** What a fetch brought of one partition. */
export interface FetchedPartition {
  readonly topicId: string
  readonly partition: number
  /** Kafka's; 0: none. */
  readonly errorCode: number
  /** The offset behind the last record that all replicas have. */
  readonly highWatermark: number
  readonly messages: readonly StoredMessage[]
  /** The offset behind the last record that was read, of whatever kind; 0 when there is none. */
  readonly end: number
}

/** Messages, and the offset behind the last record among which they were. */
export type Fetched = Pick<FetchedPartition, 'messages' | 'end'>

/** What a broker says of records that it cannot read, and we of those that we cannot. */
export const CORRUPT_MESSAGE = 2

/** Bits of a batch's attributes (Kafka's record batch format). */
const COMPRESSED = 0x07
const LOG_APPEND_TIME = 0x08
const CONTROL = 0x20

const MAGIC = 2
/** A batch's first offset and length, which the length does not count. */
const BATCH_HEAD_BYTES = 12
const BATCH_MAGIC_AT = 16
const BATCH_ATTRIBUTES_AT = 21
const BATCH_RECORDS_AT = 61
const UUID_BYTES = 16
const ABORTED_BYTES = 16
/** The longest varint: of 64 bits, seven in each byte. */
const VARINT_BYTES = 10

/**
 * Reads a fetch response, version 13, from behind its header.
 *
 * The library's own reader looks for its place among the pieces a response came in, once for each value; who takes up a shard waits
 * for ten thousand records and more.
 *
 * @returns partitions whose records cannot be read with `CORRUPT_MESSAGE`.
 * @throws Error for an error that concerns all partitions, RangeError for what is no such response.
 */
export function readFetchResponse(bytes: Buffer): FetchedPartition[] {
  const place = new Place(bytes)
  place.at += 4
  const errorCode = place.int16()
  if (errorCode !== 0) throw new Error(`a fetch was answered with error ${errorCode}`)
  place.at += 4
  const partitions: FetchedPartition[] = []
  for (let topics = place.count(); topics > 0; topics--) {
    const topicId = uuidOf(place.take(UUID_BYTES))
    for (let left = place.count(); left > 0; left--) partitions.push(readPartition(place, topicId))
    place.skipTags()
  }
  place.skipTags()
  return partitions
}

function readPartition(place: Place, topicId: string): FetchedPartition {
  const partition = place.int32()
  const errorCode = place.int16()
  const highWatermark = place.int64()
  // How far transactions are settled, and where the log begins.
  place.at += 16
  for (let aborted = place.count(); aborted > 0; aborted--) {
    place.at += ABORTED_BYTES
    place.skipTags()
  }
  // Another replica one might read from.
  place.at += 4
  const records = place.take(place.count())
  place.skipTags()
  const of = { topicId, partition, errorCode, highWatermark }
  try {
    return { ...of, ...readBatches(records) }
  } catch {
    // The other partitions are none the worse for it.
    return { ...of, errorCode: CORRUPT_MESSAGE, messages: [], end: 0 }
  }
}

/**
 * Reads record batches side by side; the last one may be cut off.
 *
 * @throws RangeError for what is no batch of version 2, or whose compression is not known.
 */
export function readBatches(bytes: Buffer): Fetched {
  const messages: StoredMessage[] = []
  let end = 0
  for (let at = 0; bytes.length - at >= BATCH_RECORDS_AT; ) {
    const next = at + BATCH_HEAD_BYTES + bytes.readInt32BE(at + 8)
    if (next - at < BATCH_RECORDS_AT || bytes[at + BATCH_MAGIC_AT] !== MAGIC)
      throw new RangeError('what a partition holds is no batch of records')
    if (next > bytes.length) break
    end = readBatch(bytes.subarray(at, next), messages)
    at = next
  }
  return { messages, end }
}

/** @returns the offset behind the batch. */
function readBatch(bytes: Buffer, into: StoredMessage[]): number {
  const attributes = bytes.readInt16BE(BATCH_ATTRIBUTES_AT)
  // Gateways do not compress: others who write to the topic may.
  if ((attributes & COMPRESSED) !== 0) {
    const { messages, end } = messagesIn(readRecordsBatches(Reader.from(bytes)))
    for (const message of messages) into.push(message)
    return end
  }
  const place = new Place(bytes)
  const first = place.int64()
  place.at = BATCH_ATTRIBUTES_AT + 2
  const end = first + place.int32() + 1
  if ((attributes & CONTROL) !== 0) return end
  const [firstAt, lastAt] = [place.int64(), place.int64()]
  const isAppendTime = (attributes & LOG_APPEND_TIME) !== 0
  place.at = BATCH_RECORDS_AT - 4
  for (let left = place.int32(); left > 0; left--) {
    const length = place.varint()
    const next = place.at + length
    // The record's attributes: none are in use.
    place.at++
    const delta = place.varint()
    const at = isAppendTime ? lastAt : firstAt + delta
    const offset = first + place.varint()
    const keyLength = place.varint()
    const keyAt = place.at
    place.skip(Math.max(0, keyLength))
    const valueLength = place.varint()
    const valueAt = place.at
    place.skip(Math.max(0, valueLength))
    into.push(new FetchedMessage(bytes, offset, at, keyAt, keyLength, valueAt, valueLength))
    place.at = next
  }
  return end
}

/** The same of batches that the library has read. */
export function messagesIn(batches: readonly RecordsBatch[]): Fetched {
  const messages: StoredMessage[] = []
  let end = 0
  for (const batch of batches) {
    const first = Number(batch.firstOffset)
    end = first + batch.lastOffsetDelta + 1
    if ((batch.attributes & CONTROL) !== 0) continue
    const isAppendTime = (batch.attributes & LOG_APPEND_TIME) !== 0
    for (const { offsetDelta, timestampDelta, key, value } of batch.records) {
      const at = Number(isAppendTime ? batch.maxTimestamp : batch.firstTimestamp + timestampDelta)
      messages.push(storedMessage(first + offsetDelta, at, key ?? null, value ?? null))
    }
  }
  return { messages, end }
}

/** A place in what a broker wrote, behind what has been read (Kafka protocol guide, "Protocol Primitive Types"). */
class Place {
  at = 0
  readonly #bytes: Buffer

  constructor(bytes: Buffer) {
    this.#bytes = bytes
  }

  int16(): number {
    this.at += 2
    return this.#bytes.readInt16BE(this.at - 2)
  }

  int32(): number {
    this.at += 4
    return this.#bytes.readInt32BE(this.at - 4)
  }

  /** Offsets and times are far from where numbers lose their units. */
  int64(): number {
    return this.int32() * 2 ** 32 + (this.int32() >>> 0)
  }

  unsigned(): number {
    let value = 0
    let unit = 1
    for (let i = 0; i < VARINT_BYTES; i++) {
      const byte = this.#bytes[this.at++]
      if (byte === undefined) break
      value += (byte & 0x7f) * unit
      if (byte < 0x80) return value
      unit *= 0x80
    }
    throw new RangeError('a number of a fetch response does not end')
  }

  /** Zigzag: even ones are not negative. */
  varint(): number {
    const value = this.unsigned()
    return value % 2 === 0 ? value / 2 : -(value + 1) / 2
  }

  /** How many come, of a compact array or of bytes; none for null. */
  count(): number {
    return Math.max(0, this.unsigned() - 1)
  }

  take(length: number): Buffer {
    const begin = this.at
    this.skip(length)
    return this.#bytes.subarray(begin, this.at)
  }

  skip(length: number): void {
    this.at += length
    if (this.at > this.#bytes.length) throw new RangeError('a fetch response is too short')
  }

  skipTags(): void {
    for (let left = this.unsigned(); left > 0; left--) {
      this.unsigned()
      const size = this.unsigned()
      this.at += size
    }
  }
}

function uuidOf(bytes: Buffer): string {
  const hex = bytes.toString('hex')
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-')
}
