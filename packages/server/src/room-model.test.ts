import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { LimitsConfig } from './limits/limits-config.ts'
import { manualTime } from './testing/manual-time.ts'
import { NaiveRoom } from './testing/naive-room.ts'
import { isLogged, Person, type Visit } from './testing/person.ts'
import { type Act, act, EXAMPLES, EXAMPLES_WITH_LIMITS, PEOPLE } from './testing/room-acts.ts'
import { sharedLog } from './testing/shared-log.ts'
import { subscriber } from './testing/subscriber.ts'
import { type TestGateway, testGateway } from './testing/test-gateway.ts'
import type { Fortune } from './testing/unreliable-bus.ts'

/** As many as the promise says, where it is kept; fewer while one works on something else. */
const RUNS = Number(process.env['MODEL_RUNS'] ?? 10_000)
/** Within so many tries all that was refused is said, or its time is over. */
const MOST_TRIES = 40

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

/** So low that a few messages reach each of them; the memory is that of three messages or of many, as they are long. */
const LIMITS: Partial<LimitsConfig> = {
  messages: 2,
  burst: 1,
  bytes: 300,
  session: 3,
  address: 8,
  room: 5,
  memory: 6_000,
}

const ALL_JOIN: readonly Act[] = Array.from({ length: PEOPLE }, (_, who) => ({ act: 'join', who }))

test('P1–P5 with limits in the way nothing is lost or doubled, and every refusal says when to come again', {
  timeout: 300_000,
}, async () => {
  const codes = new Set<string>()
  await fc.assert(
    fc.asyncProperty(fc.array(act, { minLength: 10, maxLength: 60 }), async (acts) => {
      for (const { limited } of await play([...ALL_JOIN, ...acts], 1, LIMITS))
        for (const { code, retryAfter } of limited) {
          expect(retryAfter, code).toBeGreaterThan(0)
          codes.add(code)
        }
    }),
    { numRuns: RUNS / 2, examples: EXAMPLES_WITH_LIMITS },
  )
  expect([...codes].toSorted(), 'limits were in the way').toEqual(['rate_limited', 'server_full'])
})

/** Plays what happens, lets everyone come back and catch up, and compares. */
async function play(acts: readonly Act[], count: number, limits?: Partial<LimitsConfig>): Promise<readonly Person[]> {
  let next: Fortune = { kind: 'works', delayMs: 0 }
  const fortune = () => {
    const now = next
    next = { kind: 'works', delayMs: 0 }
    return now
  }
  const gateways = await openGateways(count, fortune, limits)
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
    compareReactions(people, naive, gateway.bus.now(0))
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
  if (limits !== undefined) await comeAgain(gateway, people)
  for (const person of people) expect(person.outbox, 'everything is answered in the end').toEqual([])
  compare(people, naive, gateway.bus.now(0))
  for (const one of gateways) one.stop()
  return people
}

/** Whoever was refused comes again when they were told to. */
async function comeAgain({ time }: TestGateway, people: readonly Person[]): Promise<void> {
  for (let tries = 0; tries < MOST_TRIES && people.some(({ outbox }) => outbox.length > 0); tries++) {
    await time.advance(Math.max(...people.map(({ limited }) => limited.at(-1)?.retryAfter ?? 0)))
    for (const person of people) person.resend()
    await time.settle()
    for (const person of people) person.read()
  }
}

async function openGateways(
  count: number,
  fortune: () => Fortune,
  limits: Partial<LimitsConfig> = {},
): Promise<[TestGateway, ...TestGateway[]]> {
  if (count === 1) return [await testGateway({ fortune, limits })]
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
  else if (next.act === 'react') person.react(next.nth, next.emoji, next.on)
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

/** Whoever is live and reads knows how all reactions stand, at any time. */
function compareReactions(people: readonly Person[], naive: NaiveRoom, now: number): void {
  for (const person of people.filter(({ isLive, isReading }) => isLive && isReading))
    for (const { offset, reactions } of naive.alive(now))
      expect([...(person.reactions.get(offset) ?? [])].toSorted(), 'P1 everybody knows all reactions').toEqual(
        [...reactions].toSorted(),
      )
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
    if (frame.type === 'reaction') {
      const message = naive.messages.find(({ offset }) => offset === frame.target)
      expect(frame.expires, 'a reaction ends with its message').toBe(message?.deadlineMs)
      expect(frame.expires, 'P5 nothing expired is served').toBeGreaterThan(now)
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
