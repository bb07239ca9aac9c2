import type { Cursor, MemberId, RoomId } from '@whisperrooms/protocol'
import { CLOSE } from '@whisperrooms/protocol'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { memberIdOf } from './people/identity.ts'
import { manualTime } from './testing/manual-time.ts'
import { NaiveCompany } from './testing/naive-company.ts'
import { ownerHashOf } from './testing/several-gateways.ts'
import { sharedLog } from './testing/shared-log.ts'
import { subscriber } from './testing/subscriber.ts'
import { type TestClient, type TestGateway, testGateway } from './testing/test-gateway.ts'
import type { Fortune } from './testing/unreliable-bus.ts'

/** Steps in all, as many as the promise says where it is kept; fewer while one works on something else. */
const STEPS = Number(process.env['MODEL_RUNS'] ?? 10_000)
const STEPS_EACH = 40
const ROOM = 'company'
const PEOPLE = 4
const TTL_SECONDS = 300
/** Longer than anything is delayed. */
const QUIET_MS = 2_000

const who = fc.nat({ max: PEOPLE - 1 })
const step = fc.oneof(
  { weight: 5, arbitrary: fc.record({ act: fc.constant('join' as const), who, at: fc.nat({ max: 1 }) }) },
  { weight: 6, arbitrary: fc.record({ act: fc.constant('send' as const), who }) },
  { weight: 2, arbitrary: fc.record({ act: fc.constant('break' as const), who }) },
  { weight: 1, arbitrary: fc.record({ act: fc.constant('leave' as const), who }) },
  { weight: 2, arbitrary: fc.record({ act: fc.constant('lock' as const), who, on: fc.boolean() }) },
  { weight: 2, arbitrary: fc.record({ act: fc.constant('kick' as const), who, whom: who }) },
  { weight: 2, arbitrary: fc.record({ act: fc.constant('mute' as const), who, whom: who, on: fc.boolean() }) },
  {
    weight: 3,
    arbitrary: fc.record({
      act: fc.constant('role' as const),
      who,
      whom: who,
      role: fc.constantFrom('owner', 'member', 'reader'),
    }),
  },
  { weight: 1, arbitrary: fc.record({ act: fc.constant('handOver' as const), who, to: fc.nat({ max: 1 }) }) },
  { weight: 2, arbitrary: fc.record({ act: fc.constant('wait' as const), ms: fc.nat({ max: 1_500 }) }) },
  { weight: 3, arbitrary: fc.record({ act: fc.constant('delay' as const), delayMs: fc.nat({ max: 900 }) }) },
)
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never

/** The secret of one who may have been made the owner of the room. */
const ownerSecret = (nth: number): string => `owner-secret-${nth}`.padEnd(22, 'x')

/** Somebody with a client that keeps what it needs to come back. */
class Visitor {
  readonly member: MemberId
  readonly name: string
  /** Texts that were shown to them, by their place in the log. */
  readonly seen = new Map<number, string>()
  /** Up to where they have been shown everything, and from where. */
  client: TestClient | undefined
  isLive = false
  #cursor: Cursor | undefined
  #ticket: string | undefined
  #read = 0
  #count = 0
  /** Whether a visit came in with a cursor that was followed each time since the first. */
  firstOffset: number | undefined

  constructor(nth: number) {
    this.name = `v${nth}`
    this.member = memberIdOf(ROOM as RoomId, this.#session)
  }

  get #session(): string {
    return this.name.padEnd(22, '-')
  }

  join(gateway: TestGateway, owner: string | undefined): void {
    if (this.client !== undefined) return
    this.client = gateway.connect(ROOM)
    this.#read = 0
    this.isLive = false
    this.client.say({
      type: 'join',
      protocol: 1,
      name: this.name,
      session: this.#session,
      owner,
      cursor: this.#cursor,
      ticket: this.#ticket,
    })
  }

  say(frame: object): void {
    if (this.isLive) this.client?.say(frame)
  }

  send(): void {
    this.say({ type: 'send', key: `${this.name}-key-${this.#count}`, text: `${this.name} ${this.#count++}` })
  }

  read(): void {
    const { client } = this
    if (client === undefined) return
    const { received, closedWith } = client.socket
    for (const frame of received.slice(this.#read)) {
      this.#read++
      if (frame.type === 'welcome') {
        this.#ticket = frame.ticket
        this.#cursor = frame.cursor
        this.firstOffset ??= frame.cursor.offset
      }
      if (frame.type === 'live') this.isLive = true
      if (frame.type === 'message') this.seen.set(frame.offset, frame.text)
      if (typeof frame['offset'] === 'number' && this.#cursor !== undefined && frame['offset'] > this.#cursor.offset)
        this.#cursor = { ...this.#cursor, offset: frame['offset'] as Cursor['offset'] }
    }
    if (closedWith !== undefined) this.breakOff()
  }

  breakOff(): void {
    this.client?.disconnect()
    this.client = undefined
    this.isLive = false
  }
}

function frameOf(one: Step, people: readonly Visitor[]): object | undefined {
  const member = 'whom' in one ? people[one.whom]?.member : undefined
  switch (one.act) {
    case 'lock':
      return { type: 'set', locked: one.on }
    case 'kick':
      return { type: 'kick', member }
    case 'mute':
      return { type: 'mute', member, on: one.on }
    case 'role':
      return { type: 'role', member, role: one.role }
    case 'handOver':
      return { type: 'set', ownerHash: ownerHashOf(ROOM, ownerSecret(one.to)) }
    case 'leave':
      return { type: 'leave' }
    default:
      return undefined
  }
}

async function play(steps: readonly Step[]): Promise<void> {
  const time = manualTime()
  const log = sharedLog(time, { shards: 1 })
  let delayMs = 0
  const fortune = (): Fortune => ({ kind: 'works', delayMs })
  const open = () => testGateway({ fortune, shared: { time, bus: log.open() } })
  const gateways = [await open(), await open()] as const
  const naive = new NaiveCompany()
  log.open().subscribe(
    0,
    0,
    subscriber((batch) => {
      for (const appended of batch) naive.apply(appended)
      return undefined
    }),
  )
  const people = Array.from({ length: PEOPLE }, (_, nth) => new Visitor(nth))
  const maker = gateways[0].connect(ROOM)
  const create = { ttl: TTL_SECONDS, ownerHash: ownerHashOf(ROOM, ownerSecret(0)) }
  maker.say({ type: 'join', protocol: 1, name: 'maker', session: 'maker'.padEnd(22, '-'), create })
  await time.settle()
  const settle = async (ms: number) => {
    await time.advance(ms)
    await time.settle()
    for (const person of people) person.read()
  }

  for (const [nth, person] of people.entries())
    person.join(gateways[nth % 2 === 0 ? 0 : 1], nth === 0 ? ownerSecret(0) : undefined)
  await settle(0)
  for (const one of steps) {
    const person = 'who' in one ? people[one.who] : undefined
    if (one.act === 'delay') delayMs = one.delayMs
    else if (one.act === 'join')
      person?.join(gateways[one.at === 0 ? 0 : 1], one.who < 2 ? ownerSecret(one.who) : undefined)
    else if (one.act === 'break') person?.breakOff()
    else if (one.act === 'send') person?.send()
    else person?.say(frameOf(one, people) ?? {})
    await settle(one.act === 'wait' ? one.ms : 0)
  }
  delayMs = 0
  await settle(QUIET_MS)
  await compare(naive, people, gateways)
  for (const gateway of gateways) gateway.stop()
}

async function compare(
  naive: NaiveCompany,
  people: readonly Visitor[],
  gateways: readonly TestGateway[],
): Promise<void> {
  const texts = new Map<number, string>(naive.said.map(({ offset, text }) => [offset, text]))
  for (const { name, seen, member, client, isLive, firstOffset } of people) {
    for (const [offset, text] of seen)
      expect(texts.get(offset), `${name} was shown what the log does not allow`).toBe(text)
    if (naive.kicked.has(member)) expect(client, `${name} was kicked, and is out`).toBeUndefined()
    if (isLive && firstOffset !== undefined) {
      const owed = naive.said.filter(({ offset }) => offset > firstOffset).map(({ offset }) => offset)
      expect([...seen.keys()].filter((offset) => offset > firstOffset).toSorted((a, b) => a - b)).toEqual(owed)
    }
  }
  for (const [i, gateway] of gateways.entries()) {
    for (const { name, member } of people) {
      const visitor = new Visitor(Number(name.slice(1)))
      visitor.join(gateway, undefined)
      await gateway.time.advance(100)
      const [answer] = visitor.client?.socket.received ?? []
      if (naive.kicked.has(member)) {
        expect(visitor.client?.socket.closedWith?.code, `${name} does not come back at gateway ${i}`).toBe(CLOSE.kicked)
        continue
      }
      const role = naive.roles.get(member) ?? 'member'
      if (naive.lockedAt !== undefined && role !== 'owner') expect(answer).toMatchObject({ code: 'room_locked' })
      else
        expect(answer).toMatchObject({
          type: 'welcome',
          you: naive.muted.has(member) ? { role, muted: true } : { role },
        })
      visitor.breakOff()
    }
  }
}

test('P11 over two gateways, what is delivered and who is let in is what the log allows', {
  timeout: 300_000,
}, async () => {
  await fc.assert(fc.asyncProperty(fc.array(step, { minLength: STEPS_EACH, maxLength: STEPS_EACH }), play), {
    numRuns: Math.ceil(STEPS / STEPS_EACH),
  })
})
