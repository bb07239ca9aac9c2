import type { AppendedRecord, Key, MemberId, Offset, RoomKey, RoomRecord } from '@whisperrooms/protocol'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type Bus, shardOf } from './bus.ts'

/** One log, and as many gateways on it as a test asks for. */
export interface BusHarness {
  /** Another gateway's bus on the same log. */
  open(): Promise<Bus>
  /** Lets a little time pass: real, or the test's own. */
  wait(): Promise<void>
  close(): Promise<void>
}

/** How many times a contract test waits for something to come true before it says that it never will. */
const PATIENCE = 2_000

/** What a gateway's idea of the bus's time may be off by: half a round trip, on a slow day. Milliseconds. */
const SKEW_MS = 50

/** What every adapter of the bus keeps; `makeHarness` gives each test a log of its own. */
export function busContract(name: string, makeHarness: () => Promise<BusHarness>): void {
  describe(`the bus on ${name}`, () => {
    let harness: BusHarness
    beforeEach(async () => {
      harness = await makeHarness()
    })
    afterEach(() => harness.close())

    async function until(isTrue: () => boolean): Promise<void> {
      for (let i = 0; i < PATIENCE; i++) {
        if (isTrue()) return
        await harness.wait()
      }
      expect.fail('waited in vain')
    }

    test('what is published reaches every gateway, whole', async () => {
      const [one, other] = [await harness.open(), await harness.open()]
      const readers = [follow(one, 'tea'), follow(other, 'tea')]
      const said = record('tea', { body: Buffer.from([0, 255, 1, 2, 0xf0, 0x9f]), via: 'door', deadline: 5, ttl: 60 })
      expect(await one.publish([said])).toEqual([])
      for (const { records } of readers) {
        await until(() => records.length === 1)
        expect({ ...records[0]?.record, body: Buffer.from(records[0]?.record.body ?? []) }).toEqual(said)
      }
    })

    test('P3 all gateways read one order, with growing offsets and append times that never go back', async () => {
      const buses = [await harness.open(), await harness.open()]
      const readers = buses.map((bus) => follow(bus, 'tea'))
      for (let i = 0; i < 20; i++)
        await Promise.all(buses.map((bus, b) => bus.publish([record('tea', { key: `key-${b}-${i}` })])))
      for (const { records } of readers) await until(() => records.length === 40)
      const [first, second] = readers.map(({ records }) => records)
      expect(second?.map(placeOf)).toEqual(first?.map(placeOf))
      first?.slice(1).forEach(({ offset, at }, i) => {
        expect(offset).toBeGreaterThan(first[i]?.offset ?? Number.NaN)
        expect(at).toBeGreaterThanOrEqual(first[i]?.at ?? Number.NaN)
      })
    })

    test('P3 what one gateway publishes stays in its order', async () => {
      const bus = await harness.open()
      const { records } = follow(bus, 'tea')
      const keys = Array.from({ length: 50 }, (_, i) => `key-number-${i}`)
      await bus.publish(keys.slice(0, 25).map((key) => record('tea', { key })))
      await bus.publish(keys.slice(25).map((key) => record('tea', { key })))
      await until(() => records.length === 50)
      expect(records.map((appended) => appended.record.key)).toEqual(keys)
    })

    test('a gateway that comes later reads from the time it asks for', async () => {
      const bus = await harness.open()
      const early = follow(bus, 'tea')
      await bus.publish([record('tea', { key: 'key-early' })])
      await until(() => early.records.length === 1)
      const since = (early.records[0]?.at ?? 0) + 1
      await until(() => bus.now() > since + SKEW_MS)
      await bus.publish([record('tea', { key: 'key-later' })])
      await until(() => early.records.length === 2)

      const late = await harness.open()
      const fromThen = follow(late, 'tea', since)
      const fromStart = follow(late, 'tea')
      await Promise.all([fromThen.caughtUp, fromStart.caughtUp])
      expect(fromThen.records.map(placeOf)).toEqual(early.records.slice(1).map(placeOf))
      expect(fromStart.records.map(placeOf)).toEqual(early.records.map(placeOf))
    })

    test('a room’s records are in its own shard and in no other', async () => {
      const bus = await harness.open()
      const shards = Array.from({ length: bus.shards }, (_, shard) => followShard(bus, shard))
      const rooms = Array.from({ length: 20 }, (_, i) => `room-${i}`)
      await bus.publish(rooms.map((room) => record(room)))
      await until(() => shards.reduce((sum, { records }) => sum + records.length, 0) === 20)
      shards.forEach(({ records }, shard) => {
        for (const { record: said } of records) expect(shardOf(said.room, bus.shards)).toBe(shard)
      })
    })

    test('in a quiet shard the time read up to goes on', async () => {
      const bus = await harness.open()
      const { readUpTo } = follow(bus, 'tea')
      const now = bus.now()
      await until(() => readUpTo() > now)
    })

    test('nothing older than the time read up to comes after it', async () => {
      const bus = await harness.open()
      const tooLate: AppendedRecord[] = []
      let last = Number.NEGATIVE_INFINITY
      let count = 0
      bus.subscribe(shardOf('tea' as RoomKey, bus.shards), 0, {
        take(batch, readUpToMs) {
          count += batch.length
          tooLate.push(...batch.filter(({ at }) => at < last))
          last = Math.max(last, readUpToMs)
          return undefined
        },
      })
      for (let i = 0; i < 20; i++) {
        await bus.publish([record('tea')])
        await harness.wait()
      }
      await until(() => count === 20)
      expect(tooLate).toEqual([])
    })

    test('a subscriber that is busy gets its next batch when it is ready, and all of it', async () => {
      const bus = await harness.open()
      const ready = Promise.withResolvers<void>()
      const keys: string[] = []
      let isBusy = false
      let overlapped = false
      bus.subscribe(shardOf('tea' as RoomKey, bus.shards), 0, {
        take(batch) {
          overlapped ||= isBusy
          keys.push(...batch.map((appended) => appended.record.key))
          if (keys.length !== 1) return undefined
          isBusy = true
          return ready.promise.then(() => {
            isBusy = false
          })
        },
      })
      const publishing = [bus.publish([record('tea', { key: 'key-first' })])]
      await until(() => keys.length === 1)
      publishing.push(bus.publish([record('tea', { key: 'key-second' })]))
      for (let i = 0; i < 20; i++) await harness.wait()
      expect(keys).toEqual(['key-first'])
      ready.resolve()
      await Promise.all(publishing)
      await until(() => keys.length === 2)
      expect(overlapped).toBe(false)
    })

    test('after the end of a subscription nothing comes', async () => {
      const bus = await harness.open()
      const ended = follow(bus, 'tea')
      const other = follow(bus, 'tea')
      ended.end()
      await bus.publish([record('tea')])
      await until(() => other.records.length === 1)
      expect(ended.records).toEqual([])
    })

    test('bus time does not go back, and append times are in it', async () => {
      const bus = await harness.open()
      const { records } = follow(bus, 'tea')
      const before = bus.now()
      await bus.publish([record('tea')])
      await until(() => records.length === 1)
      const after = bus.now()
      expect(after).toBeGreaterThanOrEqual(before)
      expect(records[0]?.at).toBeGreaterThanOrEqual(before - SKEW_MS)
      expect(records[0]?.at).toBeLessThanOrEqual(after + SKEW_MS)
    })

    test('of a room’s snapshots the last counts, until the room has ended', async () => {
      const bus = await harness.open()
      const shard = shardOf('tea' as RoomKey, bus.shards)
      const snapshot = (touched: number) => ({
        room: 'tea' as RoomKey,
        touched: touched as Offset,
        lockedAt: touched as Offset,
        settings: { ttl: touched },
      })
      await bus.putSnapshot('tea' as RoomKey, snapshot(1))
      await bus.putSnapshot('tea' as RoomKey, snapshot(2))
      const other = await harness.open()
      expect(await other.snapshots(shard)).toEqual([snapshot(2)])
      await bus.putSnapshot('tea' as RoomKey, undefined)
      expect(await (await harness.open()).snapshots(shard)).toEqual([])
    })
  })
}

function record(room: string, fields: Partial<Omit<RoomRecord, 'key'>> & { key?: string } = {}): RoomRecord {
  return {
    v: 1,
    kind: 'message',
    room: room as RoomKey,
    member: 'AAAAAAAAAAAAAAAA' as MemberId,
    as: 'member',
    joined: 0 as Offset,
    ttl: 120,
    notAfter: 2 ** 52,
    body: Buffer.from('{}'),
    ...fields,
    key: (fields.key ?? 'key-of-record') as Key,
  }
}

function follow(bus: Bus, room: string, sinceMs = 0) {
  return followShard(bus, shardOf(room as RoomKey, bus.shards), sinceMs)
}

function followShard(bus: Bus, shard: number, sinceMs = 0) {
  const records: AppendedRecord[] = []
  let readUpTo = Number.NEGATIVE_INFINITY
  const { end, caughtUp } = bus.subscribe(shard, sinceMs, {
    take(batch, readUpToMs) {
      records.push(...batch)
      readUpTo = readUpToMs
      return undefined
    },
  })
  return { records, readUpTo: () => readUpTo, end, caughtUp }
}

const placeOf = ({ record: { key }, offset, at }: AppendedRecord) => ({ key, offset, at })
