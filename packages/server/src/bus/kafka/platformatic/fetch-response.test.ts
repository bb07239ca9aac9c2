import { createRecordsBatch, fetchV13, Reader, Writer } from '@platformatic/kafka'
import { expect, test } from 'vitest'
import type { StoredMessage } from '../driver.ts'
import { CORRUPT_MESSAGE, readBatches, readFetchResponse } from './fetch-response.ts'

const TOPIC = '01234567-89ab-cdef-0123-456789abcdef'
const NONE = 0
/** Kafka's record batch format: where things are in it, and two of the attributes. */
const LENGTH_AT = 8
const MAGIC_AT = 16
const ATTRIBUTES_AT = 21
const MAX_TIMESTAMP_AT = 35
const LOG_APPEND_TIME = 0x08
const CONTROL = 0x20

interface Partition {
  readonly index: number
  readonly errorCode?: number
  readonly records?: Buffer
}

/** A response as a broker writes it (Kafka protocol guide, Fetch Response version 13). */
function responseOf(partitions: readonly Partition[], errorCode = NONE): Buffer {
  return Writer.create()
    .appendInt32(0)
    .appendInt16(errorCode)
    .appendInt32(0)
    .appendArray([TOPIC], (topics, topicId) => {
      topics.appendUUID(topicId).appendArray([...partitions], (writer, { index, errorCode: error = NONE, records }) => {
        writer.appendInt32(index).appendInt16(error).appendInt64(9_000_000_000n).appendInt64(-1n).appendInt64(0n)
        writer.appendArray([1n], (aborted, id) => void aborted.appendInt64(id).appendInt64(id))
        writer.appendInt32(-1)
        writer.appendUnsignedVarInt((records?.length ?? 0) + 1)
        if (records !== undefined) writer.append(records)
      })
    })
    .appendTaggedFields().buffer
}

const said = (value: string | null, key: string | null, timestamp: bigint) => ({
  topic: 'log',
  partition: 0,
  timestamp,
  ...(key === null ? {} : { key: Buffer.from(key) }),
  ...(value === null ? {} : { value: Buffer.from(value) }),
})

const plain = (messages: readonly StoredMessage[] = []) =>
  messages.map(({ offset, at, key, value, keyText, bytes }) => {
    expect(keyText).toBe(key?.toString('latin1') ?? '')
    return { offset, at, key, value, bytes }
  })

/** A batch as brokers keep it: they fill in where it begins, and the attributes by which it is of their time. */
function batchOf(first: number, messages: ReturnType<typeof said>[], compression: 'none' | 'gzip' = 'none'): Buffer {
  // The library's type does not know that a tombstone has no value.
  const given = messages as unknown as Parameters<typeof createRecordsBatch>[0]
  const { buffer } = createRecordsBatch(given, { compression })
  buffer.writeBigInt64BE(BigInt(first), 0)
  return buffer
}

test('what a response brings of each partition is read with offsets, times, keys and values', () => {
  const records = Buffer.concat([
    batchOf(3_000_000_000, [said('one', 'tea', 1_795_000_000_000n), said(null, 'tea', 1_795_000_000_300n)]),
    batchOf(3_000_000_005, [said('', null, 1_795_000_000_200n)]),
  ])
  const [read, empty] = readFetchResponse(
    responseOf([
      { index: 7, records },
      { index: 8, errorCode: 6 },
    ]),
  )
  expect({ ...read, messages: plain(read?.messages) }).toEqual({
    topicId: TOPIC,
    partition: 7,
    errorCode: NONE,
    highWatermark: 9_000_000_000,
    messages: [
      { offset: 3_000_000_000, at: 1_795_000_000_000, key: Buffer.from('tea'), value: Buffer.from('one'), bytes: 6 },
      { offset: 3_000_000_001, at: 1_795_000_000_300, key: Buffer.from('tea'), value: null, bytes: 3 },
      { offset: 3_000_000_005, at: 1_795_000_000_200, key: null, value: Buffer.from(''), bytes: 0 },
    ],
    end: 3_000_000_006,
  })
  expect(empty).toMatchObject({ partition: 8, errorCode: 6, messages: [], end: 0 })
})

test('it reads what the library reads', () => {
  const records = batchOf(
    4,
    Array.from({ length: 300 }, (_, i) =>
      said('x'.repeat(i * 9), `room ${i}`, BigInt(1_795_000_000_000 + ((i * 7919) % 90_000))),
    ),
  )
  const bytes = responseOf([{ index: 0, records }])
  const theirs = fetchV13.parseResponse(0, 1, 13, Reader.from(bytes)).responses[0]?.partitions[0]?.records?.[0]
  const ours = readFetchResponse(bytes)[0]?.messages ?? []
  expect(ours.map(({ key, value }) => [key, value])).toEqual(theirs?.records.map(({ key, value }) => [key, value]))
  expect(ours.map(({ at }) => BigInt(at) - (theirs?.firstTimestamp ?? 0n))).toEqual(
    theirs?.records.map(({ timestampDelta }) => timestampDelta),
  )
  expect(ours).toHaveLength(300)
})

test('in a topic with append time, what counts is when the broker appended it', () => {
  const batch = batchOf(0, [said('one', 'tea', 1_000n), said('two', 'tea', 1_001n)])
  batch.writeInt16BE(LOG_APPEND_TIME, ATTRIBUTES_AT)
  batch.writeBigInt64BE(1_795_000_000_000n, MAX_TIMESTAMP_AT)
  expect(readBatches(batch).messages.map(({ at }) => at)).toEqual([1_795_000_000_000, 1_795_000_000_000])
})

test('what others have compressed is read too', () => {
  const packed = batchOf(5, [said('one', 'tea', 1_000n), said('two', 'tea', 1_001n)], 'gzip')
  const read = readBatches(Buffer.concat([batchOf(4, [said('none', 'tea', 999n)]), packed]))
  expect({ ...read, messages: plain(read.messages) }).toEqual({
    messages: [
      { offset: 4, at: 999, key: Buffer.from('tea'), value: Buffer.from('none'), bytes: 7 },
      { offset: 5, at: 1_000, key: Buffer.from('tea'), value: Buffer.from('one'), bytes: 6 },
      { offset: 6, at: 1_001, key: Buffer.from('tea'), value: Buffer.from('two'), bytes: 6 },
    ],
    end: 7,
  })
})

test('marks of transactions are passed over, and count as read', () => {
  const mark = batchOf(6, [said('commit', null, 1_000n)])
  mark.writeInt16BE(CONTROL, ATTRIBUTES_AT)
  expect(readBatches(mark)).toEqual({ messages: [], end: 7 })
})

test('a batch that is cut off is left for the next fetch', () => {
  const records = Buffer.concat([batchOf(0, [said('one', 'tea', 1_000n)]), batchOf(1, [said('two', 'tea', 1_000n)])])
  for (const cut of [1, 30, 70])
    expect(readBatches(records.subarray(0, records.length - cut))).toMatchObject({ end: 1 })
})

test('an error of all partitions, and what is no response, is thrown', () => {
  expect(() => readFetchResponse(responseOf([], 70))).toThrow('error 70')
  const whole = responseOf([{ index: 0, records: batchOf(0, [said('one', 'tea', 1_000n)]) }])
  for (let length = 0; length < whole.length; length++)
    expect(() => readFetchResponse(whole.subarray(0, length))).toThrow(RangeError)
})

test('records that cannot be read are told of their partition, and the others are none the worse for it', () => {
  const good = batchOf(0, [said('one', 'tea', 1_000n)])
  const [olderFormat, noLength, unknownCompression] = [Buffer.from(good), Buffer.from(good), Buffer.from(good)]
  olderFormat.writeInt8(1, MAGIC_AT)
  noLength.writeInt32BE(-1, LENGTH_AT)
  unknownCompression.writeInt16BE(5, ATTRIBUTES_AT)
  for (const bad of [olderFormat, noLength, unknownCompression]) {
    const read = readFetchResponse(
      responseOf([
        { index: 0, records: bad },
        { index: 1, records: good },
      ]),
    )
    expect(read[0]).toMatchObject({ partition: 0, errorCode: CORRUPT_MESSAGE, messages: [] })
    expect(read[1]).toMatchObject({ partition: 1, errorCode: NONE, end: 1 })
  }
})
