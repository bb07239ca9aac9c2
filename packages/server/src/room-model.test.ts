import fc from 'fast-check'
import { expect, test } from 'vitest'
import { manualTime } from './testing/manual-time.ts'
import { NaiveRoom } from './testing/naive-room.ts'
import { isLogged, Person, type Visit } from './testing/person.ts'
import { sharedLog } from './testing/shared-log.ts'
import { subscriber } from './testing/subscriber.ts'
import { type TestGateway, testGateway } from './testing/test-gateway.ts'
import type { Fortune } from './testing/unreliable-bus.ts'

/** As many as the promise says, where it is kept; fewer while one works on something else. */
const RUNS = Number(process.env['MODEL_RUNS'] ?? 10_000)
const PEOPLE = 3

type Act =
  | { readonly act: 'join'; readonly who: number; readonly at?: number }
  | { readonly act: 'disconnect' | 'resend' | 'stall' | 'drain' | 'ping' | 'type'; readonly who: number }
  | { readonly act: 'send'; readonly who: number; readonly ttl: number | undefined; readonly length?: number }
  | { readonly act: 'unsend'; readonly who: number; readonly nth: number }
  | { readonly act: 'wait'; readonly ms: number }
  | { readonly act: 'fortune'; readonly fortune: Fortune }

const who = fc.nat(PEOPLE - 1)
const act: fc.Arbitrary<Act> = fc.oneof(
  { weight: 2, arbitrary: fc.record({ act: fc.constant('join'), who, at: fc.nat(1) }) },
  { weight: 3, arbitrary: fc.record({ act: fc.constantFrom('disconnect', 'drain', 'stall'), who }) },
  { weight: 2, arbitrary: fc.record({ act: fc.constantFrom('resend', 'ping', 'type'), who }) },
  {
    weight: 6,
    arbitrary: fc.record({
      act: fc.constant('send'),
      who,
      ttl: fc.option(fc.integer({ min: 1, max: 2 }), { nil: undefined }),
      length: fc.constantFrom(0, 0, 0, 700, 1_500),
    }),
  },
  { weight: 1, arbitrary: fc.record({ act: fc.constant('unsend'), who, nth: fc.nat(2) }) },
  {
    weight: 4,
    arbitrary: fc.record({ act: fc.constant('wait'), ms: fc.constantFrom(0, 5, 400, 995, 1_000, 1_900, 3_100) }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      act: fc.constant('fortune'),
      fortune: fc.record({
        kind: fc.constantFrom<Fortune['kind']>('works', 'refuses', 'doubts'),
        delayMs: fc.constantFrom(0, 0, 300, 1_500, 12_000),
      }),
    }),
  },
) as fc.Arbitrary<Act>

test.each([
  ['at one gateway', 1, RUNS],
  ['at two gateways on one log', 2, RUNS / 2],
])(
  'P1–P5 whatever happens in whatever order, everyone sees what a naive room would have shown them, %s',
  {
    timeout: 300_000,
  },
  async (_, gateways, numRuns) => {
    await fc.assert(
      fc.asyncProperty(fc.array(act, { minLength: 5, maxLength: 40 }), async (acts) => {
        await play(acts, gateways)
      }),
      { numRuns, examples: EXAMPLES },
    )
  },
)

/** Plays what happens, lets everyone come back and catch up, and compares. */
async function play(acts: readonly Act[], count: number): Promise<void> {
  let next: Fortune = { kind: 'works', delayMs: 0 }
  const fortune = () => {
    const now = next
    next = { kind: 'works', delayMs: 0 }
    return now
  }
  const gateways = await openGateways(count, fortune)
  const [gateway] = gateways
  const naive = new NaiveRoom()
  gateway.bus.subscribe(
    0,
    0,
    subscriber((batch) => {
      for (const appended of batch) naive.apply(appended)
      return undefined
    }),
  )
  const people = Array.from({ length: PEOPLE }, (_, i) => new Person(`p${i}`, gateways, naive))
  for (const one of acts) {
    if (one.act === 'fortune') next = one.fortune
    else if (one.act === 'wait') await gateway.time.advance(one.ms)
    else await perform(people, one)
    await gateway.time.settle()
    for (const person of people) person.read()
  }

  next = { kind: 'works', delayMs: 0 }
  await gateway.time.advance(12_000)
  for (const person of people) person.read()
  for (const person of people) person.drain()
  await gateway.time.settle()
  for (const person of people) person.read()
  for (const person of people) person.join()
  await gateway.time.settle()
  for (const person of people) person.read()
  for (const person of people) person.send(undefined)
  for (let i = 0; i < 3; i++) {
    await gateway.time.settle()
    for (const person of people) person.read()
    for (const person of people) person.resend()
  }
  await gateway.time.settle()
  for (const person of people) person.read()
  for (const person of people) expect(person.outbox, 'everything is answered in the end').toEqual([])
  compare(people, naive, gateway.bus.now(0))
  for (const one of gateways) one.stop()
}

async function openGateways(count: number, fortune: () => Fortune): Promise<[TestGateway, ...TestGateway[]]> {
  if (count === 1) return [await testGateway({ fortune })]
  const time = manualTime()
  const log = sharedLog(time, { shards: 1 })
  const open = () => testGateway({ fortune, shared: { time, bus: log.open() } })
  return [await open(), ...(await Promise.all(Array.from({ length: count - 1 }, open)))]
}

async function perform(people: readonly Person[], next: Extract<Act, { who: number }>): Promise<void> {
  const person = people[next.who]
  if (person === undefined) return
  if (next.act === 'send') person.send(next.ttl, next.length)
  else if (next.act === 'unsend') person.unsend(next.nth)
  else if (next.act === 'join') person.join(next.at)
  else person[next.act]()
}

function compare(people: readonly Person[], naive: NaiveRoom, now: number): void {
  const texts = naive.messages.map(({ text }) => text)
  expect(new Set(texts).size, 'P2 nothing is in the room twice').toBe(texts.length)
  for (const person of people) {
    const own = naive.messages
      .filter(({ member }) => member === person.member)
      .map(({ text }) => Number(text.split('-')[1]))
    expect(own, 'P3 each sender’s order is kept').toEqual(own.toSorted((a, b) => a - b))
    for (const { key, target } of person.acks)
      expect(target, 'P10 an acknowledged message is where the ack says').toBe(naive.offsetOf(person.member, key))
    for (const visit of person.visits) compareVisit(visit, person, naive)
    const screen = [...person.screen.values()].filter(({ expires }) => expires > now).map(({ text }) => text)
    expect(screen, 'P1 everything alive is on the screen, in the order of the log').toEqual(
      naive.alive(now).map(({ text }) => text),
    )
  }
}

function compareVisit(visit: Visit, person: Person, naive: NaiveRoom): void {
  const { welcomed, written } = visit
  if (welcomed === undefined) return
  const welcome = written.find(({ frame }) => frame.type === 'welcome')?.frame
  if (welcome?.type !== 'welcome') throw new Error('there is no welcome')
  const delivered = new Set<number>()
  let last: number = welcome.cursor.offset
  let missed = 0
  let isLive = false
  for (const { frame, now } of written) {
    if (isLogged(frame)) {
      expect(frame.offset, 'P3 offsets grow').toBeGreaterThan(last)
      last = frame.offset
    }
    if (frame.type === 'message') {
      const message = naive.messages.find(({ offset }) => offset === frame.offset)
      expect({ text: frame.text, expires: frame.expires, key: frame.key }).toEqual({
        text: message?.text,
        expires: message?.deadlineMs,
        key: message?.key,
      })
      expect(frame.expires, 'P5 nothing expired is served').toBeGreaterThan(now)
      delivered.add(frame.offset)
    }
    if (frame.type === 'gap') {
      expect(frame.cursor.offset, 'a gap does not lead back').toBeGreaterThanOrEqual(last)
      last = frame.cursor.offset
      missed += told(frame.missed)
    }
    if (frame.type === 'live') {
      isLive = true
      expect(frame.recovered, 'P4 who comes back to the same epoch recovers').toBe(visit.returning)
      if (visit.returning) missed += told(frame.missed)
      else expect(frame.missed).toBeNull()
      last = Math.max(last, frame.cursor.offset)
    }
  }
  if (!isLive) return
  // What a newcomer did not see before coming in, nobody owes them.
  const from = visit.returning ? welcome.cursor.offset : welcomed.offset
  const unseen = naive.messages.filter(
    ({ offset, member, removed }) =>
      offset > from && offset <= last && member !== person.member && !removed && !delivered.has(offset),
  )
  expect(missed, 'P4 the number of missed messages is true').toBe(unseen.length)
  const owed = naive.messages.filter(
    ({ offset, deadlineMs, removed }) =>
      offset > welcome.cursor.offset &&
      offset <= last &&
      !removed &&
      !delivered.has(offset) &&
      deadlineMs > liveAt(written),
  )
  for (const message of owed) expect(message.offset, 'P1 what is alive is delivered').toBeGreaterThan(welcomed.offset)
}

function told(missed: number | null): number {
  if (missed === null) throw new Error('a gateway that forgot nothing knows how many were missed')
  return missed
}

function liveAt(written: Visit['written']): number {
  return written.find(({ frame }) => frame.type === 'live')?.now ?? 0
}

/** What failed once is tried for ever. */
const EXAMPLES: [Act[]][] = [
  // Whoever takes the log up later reads what was unsent after it has ended.
  [
    [
      { act: 'send', who: 1, ttl: undefined, length: 0 },
      { act: 'join', who: 0, at: 1 },
      { act: 'disconnect', who: 0 },
      { act: 'join', who: 1, at: 1 },
      { act: 'send', who: 0, ttl: undefined, length: 0 },
      { act: 'unsend', who: 1, nth: 0 },
      { act: 'wait', ms: 0 },
      { act: 'resend', who: 0 },
    ],
  ],
  // All that was missed had vanished before the return, so there was nothing to read it from.
  [
    [
      { act: 'join', who: 2 },
      { act: 'disconnect', who: 2 },
      { act: 'join', who: 0 },
      { act: 'send', who: 0, ttl: undefined },
      { act: 'send', who: 0, ttl: undefined },
    ],
  ],
  // What was behind a refused message in the pipeline must not overtake it.
  [
    [
      { act: 'join', who: 0 },
      { act: 'fortune', fortune: { kind: 'refuses', delayMs: 300 } },
      { act: 'send', who: 0, ttl: undefined },
      { act: 'send', who: 0, ttl: undefined },
      { act: 'wait', ms: 400 },
      { act: 'resend', who: 0 },
    ],
  ],
  // Bytes on their way to a socket stay as they are, though their message has expired.
  [
    [
      { act: 'join', who: 0 },
      { act: 'join', who: 1 },
      { act: 'stall', who: 1 },
      { act: 'send', who: 0, ttl: 1 },
      { act: 'wait', ms: 1_900 },
      { act: 'drain', who: 1 },
    ],
  ],
  // Expired is expired, also in the moment before expiry gets round to it.
  [
    [
      { act: 'join', who: 0 },
      { act: 'join', who: 1 },
      { act: 'stall', who: 1 },
      { act: 'send', who: 0, ttl: 1 },
      { act: 'wait', ms: 5 },
      { act: 'send', who: 0, ttl: 1 },
      { act: 'wait', ms: 1_000 },
      { act: 'drain', who: 1 },
    ],
  ],
  // A replay that ends in holes told them once more as a gap.
  [
    [
      { act: 'send', who: 1, ttl: undefined },
      { act: 'send', who: 1, ttl: 1 },
      { act: 'join', who: 1 },
      { act: 'wait', ms: 1_000 },
      { act: 'join', who: 0 },
    ],
  ],
]
