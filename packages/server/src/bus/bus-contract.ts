import type { AppendedRecord, Key, MemberId, Offset, RoomKey, RoomRecord } from '@whisperrooms/protocol'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { subscriber } from '../testing/subscriber.ts'
import { type Attendance, type Bus, type BusSnapshot, shardOf } from './bus.ts'

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
      const said = record('tea', {
        kind: 'of-a-later-version',
        body: Buffer.from([0, 255, 1, 2, 0xf0, 0x9f]),
        via: 'door',
        deadline: 5,
        ttl: 60,
      })
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
        await Promise.all(buses.map((bus, b) => bus.publish([record('tea', { key: `key-of-${b}-${i}` })])))
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
      await until(() => bus.now(0) > since + SKEW_MS)
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
      const now = bus.now(0)
      await until(() => readUpTo() > now)
    })

    test('nothing older than the time read up to comes after it', async () => {
      const bus = await harness.open()
      const tooLate: AppendedRecord[] = []
      let last = Number.NEGATIVE_INFINITY
      let count = 0
      const taking = subscriber((batch, readUpToMs) => {
        count += batch.length
        tooLate.push(...batch.filter(({ at }) => at < last))
        last = Math.max(last, readUpToMs)
        return undefined
      })
      bus.subscribe(shardOf(keyOf('tea'), bus.shards), 0, taking)
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
      const taking = subscriber((batch) => {
        overlapped ||= isBusy
        keys.push(...batch.map((appended) => appended.record.key))
        if (keys.length !== 1) return undefined
        isBusy = true
        return ready.promise.then(() => {
          isBusy = false
        })
      })
      bus.subscribe(shardOf(keyOf('tea'), bus.shards), 0, taking)
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
      const before = bus.now(0)
      await bus.publish([record('tea')])
      await until(() => records.length === 1)
      const after = bus.now(0)
      expect(after).toBeGreaterThanOrEqual(before)
      expect(records[0]?.at).toBeGreaterThanOrEqual(before - SKEW_MS)
      expect(records[0]?.at).toBeLessThanOrEqual(after + SKEW_MS)
    })

    test('of a room’s snapshots the last counts, until the room has ended', async () => {
      const bus = await harness.open()
      const here = follow(bus, 'tea')
      await here.caughtUp
      const snapshot = (asOf: number): BusSnapshot => ({
        room: keyOf('tea'),
        asOf: asOf as Offset,
        openedAt: asOf as Offset,
        lockedAt: asOf as Offset,
        settings: { ttl: asOf },
      })
      bus.putSnapshot(keyOf('tea'), snapshot(1))
      bus.putSnapshot(keyOf('tea'), snapshot(2))
      await until(() => here.snapshots.get(keyOf('tea'))?.asOf === 2)
      const later = follow(await harness.open(), 'tea')
      await later.caughtUp
      expect(later.snapshots.get(keyOf('tea'))).toEqual(snapshot(2))
      bus.putSnapshot(keyOf('tea'), undefined)
      bus.putSnapshot(keyOf('coffee'), { ...snapshot(3), room: keyOf('coffee') })
      const other = follow(bus, 'coffee')
      await until(() => other.snapshots.size > 0)
      const last = follow(await harness.open(), 'tea')
      await last.caughtUp
      expect(last.snapshots.get(keyOf('tea'))).toBeUndefined()
    })
  })
}

function record(room: string, fields: Partial<Omit<RoomRecord, 'key'>> & { key?: string } = {}): RoomRecord {
  return {
    v: 1,
    kind: 'message',
    room: keyOf(room),
    member: 'AAAAAAAAAAAAAAAA' as MemberId,
    as: 'member',
    joined: 0 as Offset,
    ttl: 120,
    notAfter: 2 ** 52,
    body: Buffer.from('{"from":{"id":"AAAAAAAAAAAAAAAA","name":"Ada"},"text":"hello"}'),
    ...fields,
    key: (fields.key ?? 'key-of-record') as Key,
  }
}

function follow(bus: Bus, room: string, sinceMs = 0) {
  return followShard(bus, shardOf(keyOf(room), bus.shards), sinceMs)
}

function followShard(bus: Bus, shard: number, sinceMs = 0) {
  const records: AppendedRecord[] = []
  let readUpTo = Number.NEGATIVE_INFINITY
  const snapshots = new Map<RoomKey, BusSnapshot>()
  const attendances = new Map<RoomKey, Attendance | undefined>()
  const taking = subscriber(
    (batch, readUpToMs) => {
      records.push(...batch)
      readUpTo = readUpToMs
      return undefined
    },
    {
      snapshot: (snapshot) => snapshots.set(snapshot.room, snapshot),
      attendance: (_, room, attendance) => attendances.set(room, attendance),
    },
  )
  const { end, caughtUp } = bus.subscribe(shard, sinceMs, taking)
  return { records, readUpTo: () => readUpTo, snapshots, attendances, end, caughtUp }
}

/** A room's key, of the shape that every adapter takes. */
const keyOf = (room: string): RoomKey => room.padEnd(22, '-') as RoomKey

const placeOf = ({ record: { key }, offset, at }: AppendedRecord) => ({ key, offset, at })
