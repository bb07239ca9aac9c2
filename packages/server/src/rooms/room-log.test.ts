import type { MemberId, Offset } from '@whisperrooms/protocol'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { parseFrames } from '../testing/fake-socket.ts'
import { authorOf } from './author.ts'
import { RoomLog } from './room-log.ts'
import { ENTRY, type EntryKind } from './segment.ts'

const AUTHOR = authorOf('abcdefghijklmnop' as MemberId)

interface NaiveEntry {
  readonly index: number
  readonly offset: number
  readonly deadlineMs: number
  readonly kind: EntryKind
  readonly text: string
}

const step = fc.oneof(
  fc.record({
    do: fc.constant('append' as const),
    ttl: fc.constantFrom(5, 10, 10, 20, Number.POSITIVE_INFINITY),
    kind: fc.constantFrom(ENTRY.message, ENTRY.message, ENTRY.logged, ENTRY.transient),
    size: fc.constantFrom(0, 10, 300, 1_500, 70_000),
  }),
  fc.record({ do: fc.constant('wait' as const), ms: fc.nat(8) }),
  fc.record({ do: fc.constant('expire' as const), budget: fc.constantFrom(1, 1_000) }),
  fc.record({ do: fc.constant('remove' as const), nth: fc.nat(10) }),
  fc.record({ do: fc.constant('retire' as const) }),
  fc.record({ do: fc.constant('burn' as const), nth: fc.nat(10) }),
)

test('the log reads like an array of what is alive, whatever was appended, expired and removed', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), fc.nat(60), (steps, from) => {
      const log = new RoomLog()
      let naive: NaiveEntry[] = []
      let now = 0
      let index = 0
      for (const next of steps) {
        if (next.do === 'wait') now += next.ms
        if (next.do === 'append') {
          const entry = {
            index,
            offset: index * 3,
            deadlineMs: now + next.ttl,
            kind: next.kind,
            text: 'x'.repeat(next.size),
          }
          naive.push(entry)
          const tail = Buffer.from(JSON.stringify({ text: entry.text }))
          log.append({ ...entry, offset: entry.offset as Offset, author: AUTHOR, head: '', tail })
          index++
        }
        if (next.do === 'expire') {
          log.expire(now, next.budget)
          if (next.budget > 1) naive = naive.filter(({ deadlineMs }) => deadlineMs > now)
        }
        const target =
          next.do === 'remove' || next.do === 'burn' ? naive[next.nth % Math.max(1, naive.length)] : undefined
        if (next.do === 'remove' && target?.kind === ENTRY.message) {
          log.remove(target.offset as Offset)
          naive = naive.filter((entry) => entry !== target)
        }
        if (next.do === 'burn' && target !== undefined) {
          log.removeMessagesBefore(target.offset as Offset)
          naive = naive.filter(({ kind, offset }) => kind !== ENTRY.message || offset >= target.offset)
        }
        if (next.do === 'retire') {
          log.retireTransients(index)
          naive = naive.filter(({ kind }) => kind !== ENTRY.transient)
        }
      }
      const alive = naive.filter((entry) => entry.deadlineMs > now && entry.index >= from)
      expect(textsFrom(log, from, now)).toEqual(alive.map(({ text }) => text))
      const lasting = alive.filter(({ kind }) => kind !== ENTRY.transient)
      expect(log.measure(from, now).frames).toBe(lasting.length)
      for (const { offset, kind } of naive.filter(({ deadlineMs }) => deadlineMs > now))
        expect(log.find(offset as Offset, now) !== undefined).toBe(kind === ENTRY.message)
      log.expire(now, Number.POSITIVE_INFINITY)
      log.retireTransients(index)
      const left = naive.filter(({ deadlineMs, kind }) => deadlineMs > now && kind !== ENTRY.transient)
      expect(log.isEmpty).toBe(left.length === 0)
      expect(log.soonestDeadline).toBe(Math.min(...left.map(({ deadlineMs }) => deadlineMs)))
      expect(log.messages).toBe(left.filter(({ kind }) => kind === ENTRY.message).length)
      if (left.length === 0) expect(log.bytes).toBe(0)
    }),
    { numRuns: 5_000 },
  )
})

test('what was removed or has expired is zeros in memory at once', () => {
  const log = new RoomLog()
  for (let i = 0; i < 3; i++)
    log.append({
      kind: ENTRY.message,
      offset: i as Offset,
      deadlineMs: i === 0 ? 10 : 1_000,
      author: AUTHOR,
      head: '',
      tail: Buffer.from('{"text":"canary"}'),
    })
  const whole = log.read(0, log.tail, 0, 1_000)?.bytes
  log.expire(10, 100)
  log.remove(1 as Offset)
  expect(whole?.toString().match(/canary/g)).toHaveLength(1)
})

test('a room that holds too much gives up its oldest messages, and counts them', () => {
  const log = new RoomLog()
  for (let i = 0; i < 1_000; i++)
    log.append({
      kind: ENTRY.message,
      offset: i as Offset,
      deadlineMs: 1_000,
      author: AUTHOR,
      head: '',
      tail: Buffer.alloc(300, 'x'),
    })
  const evicted = log.evict(128 * 1024)
  expect(log.bytes).toBeLessThanOrEqual(128 * 1024)
  expect(evicted + log.messages).toBe(1_000)
  expect(log.vanished.countBetween(-1, 1_000, authorOf('somebody else---' as MemberId))).toBe(evicted)
})

function textsFrom(log: RoomLog, from: number, now: number): string[] {
  const texts: string[] = []
  for (let index = from; ; ) {
    const stretch = log.read(index, log.tail, now, 64 * 1024)
    if (stretch === undefined) return texts
    for (const frame of parseFrames(stretch.bytes)) texts.push(String(frame['text']))
    index = stretch.next
  }
}

test('P4 a reader’s place is behind what was read, also where a whole segment between has gone', () => {
  const log = new RoomLog()
  const append = (kind: EntryKind, offset: number, size: number): void =>
    log.append({
      kind,
      offset: offset as Offset,
      deadlineMs: 1_000,
      author: AUTHOR,
      head: '',
      tail: Buffer.alloc(size, 'x'),
    })
  append(ENTRY.message, 1, 1_950)
  append(ENTRY.transient, 1, 500)
  log.retireTransients(log.tail)
  append(ENTRY.message, 7, 1_950)
  expect(log.offsetBefore(1, 99 as Offset)).toBe(6)
  expect(log.offsetBefore(log.tail, 99 as Offset)).toBe(99)
})
