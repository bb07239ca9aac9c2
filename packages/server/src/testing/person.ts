import { type Cursor, mayRetry, type Offset, type ReactionFrame } from '@whisperrooms/protocol'
import { memberIdOf } from '../people/identity.ts'
import type { Received } from './fake-socket.ts'
import type { NaiveRoom } from './naive-room.ts'
import type { TestClient, TestGateway } from './test-gateway.ts'

/** What was written to one socket, and when. */
export interface Visit {
  readonly returning: boolean
  /** The last offset in the log, and the time, when `welcome` was written. */
  welcomed: { offset: number; now: number } | undefined
  readonly written: { readonly frame: Received; readonly now: number }[]
  open: boolean
}

interface Outgoing {
  readonly key: string
  readonly text: string
  readonly ttl: number | undefined
  readonly before: number
}

const ROOM = 'model'
/** How limits refuse. */
const LIMIT_CODES: ReadonlySet<string> = new Set(['rate_limited', 'server_full', 'room_busy', 'room_full'])

/** Somebody with a client that does what the protocol asks of clients, as simply as can be. */
export class Person {
  readonly member: string
  readonly visits: Visit[] = []
  readonly acks: { key: string; target: Offset }[] = []
  /** What was refused by a limit, and when it may come again. */
  readonly limited: { readonly code: string; readonly retryAfter: number | undefined }[] = []
  /** Keys that were neither acknowledged nor refused for good. */
  outbox: Outgoing[] = []
  /** What is on this person's screen: offset to text and deadline. */
  readonly screen = new Map<number, { text: string; expires: number }>()
  /** By the message’s offset, who has put which emoji to it: `member emoji`. */
  readonly reactions = new Map<number, Set<string>>()
  readonly #name: string
  readonly #session: string
  readonly #gateways: readonly TestGateway[]
  readonly #naive: NaiveRoom
  #client: TestClient | undefined
  #seen = 0
  #cursor: Cursor | undefined
  #ticket: string | undefined
  #count = 0
  #isLive = false
  isReading = true

  constructor(name: string, gateways: readonly TestGateway[], naive: NaiveRoom) {
    this.#name = name
    this.#session = name.padEnd(22, '-')
    this.member = memberIdOf(ROOM as Parameters<typeof memberIdOf>[0], this.#session)
    this.#gateways = gateways
    this.#naive = naive
  }

  get #now(): number {
    return this.#gateways[0]?.bus.now(0) ?? 0
  }

  get isConnected(): boolean {
    return this.#client !== undefined
  }

  /** Whether this person has read that they are. */
  get isLive(): boolean {
    return this.#isLive && this.isConnected
  }

  /** @param at which of the gateways, where there are several. */
  join(at = 0): void {
    const gateway = this.#gateways[at % this.#gateways.length]
    if (this.#client !== undefined || gateway === undefined) return
    const visit: Visit = { returning: this.#cursor !== undefined, welcomed: undefined, written: [], open: true }
    this.visits.push(visit)
    this.#seen = 0
    this.#isLive = false
    this.isReading = true
    this.#client = gateway.connect(ROOM, (frame) => {
      const now = gateway.bus.now(0)
      if (frame.type === 'welcome') visit.welcomed = { offset: this.#naive.lastOffset, now }
      visit.written.push({ frame, now })
    })
    this.#client.say({
      type: 'join',
      protocol: 1,
      name: this.#name,
      session: this.#session,
      create: { ttl: 3 },
      cursor: this.#cursor,
      ticket: this.#ticket,
    })
  }

  disconnect(): void {
    if (this.#client === undefined) return
    this.read()
    this.#client.disconnect()
    this.#client = undefined
    const visit = this.visits.at(-1)
    if (visit !== undefined) visit.open = false
  }

  /** @param length characters beside those that name it. */
  send(ttl: number | undefined, length = 0): void {
    const count = this.#count++
    const before = this.#now + 10_000
    const outgoing = {
      key: `${this.#name}-key-${count}`,
      text: `${this.#name}-${count}-${'x'.repeat(length)}`,
      ttl,
      before,
    }
    this.outbox.push(outgoing)
    if (this.isLive) this.#say(outgoing)
  }

  /** Sends all that is unanswered once more, in order. */
  resend(): void {
    if (this.isLive) for (const outgoing of this.outbox) this.#say(outgoing)
  }

  unsend(nth: number): void {
    const [target] = [...this.screen].filter(([, { text }]) => text.startsWith(this.#name)).at(nth) ?? []
    if (target !== undefined) this.#client?.say({ type: 'unsend', target })
  }

  react(nth: number, emoji: string, on: boolean): void {
    const target = [...this.screen.keys()].at(nth)
    if (target !== undefined) this.#client?.say({ type: 'react', target, emoji, on })
  }

  ping(): void {
    this.#client?.say({ type: 'ping' })
  }

  type(): void {
    this.#client?.say({ type: 'typing', on: true })
  }

  stall(): void {
    this.isReading = false
    this.#client?.socket.stall()
  }

  drain(): void {
    this.isReading = true
    this.#client?.socket.drain()
  }

  /** Takes in what has arrived. */
  read(): void {
    const { received, closedWith } = this.#client?.socket ?? { received: [], closedWith: undefined }
    for (; this.#seen < received.length; this.#seen++) this.#take(received[this.#seen] as Received)
    if (closedWith !== undefined && this.#client !== undefined) {
      this.#client.disconnect()
      this.#client = undefined
    }
  }

  #say({ key, text, ttl, before }: Outgoing): void {
    this.#client?.say({ type: 'send', key, text, ttl, before })
  }

  #take(frame: Received): void {
    if (isLogged(frame)) this.#moveTo(frame.offset)
    switch (frame.type) {
      case 'welcome':
        this.#cursor = frame.cursor
        this.#ticket = frame.ticket
        return
      case 'live':
        this.#isLive = true
        this.#moveTo(frame.cursor.offset)
        this.resend()
        return
      case 'gap':
      case 'pong':
        this.#moveTo(frame.cursor.offset)
        return
      case 'message':
        this.screen.set(frame.offset, { text: frame.text, expires: frame.expires })
        if (frame.from.id === this.member) this.#answered(frame.key)
        return
      case 'removed':
        for (const target of frame.targets ?? []) {
          this.screen.delete(target)
          this.reactions.delete(target)
        }
        return
      case 'reaction':
        this.#reacted(frame)
        return
      case 'ack':
        this.acks.push({ key: frame.key, target: frame.target })
        this.#answered(frame.key)
        return
      case 'error':
        if (LIMIT_CODES.has(frame.code)) this.limited.push({ code: frame.code, retryAfter: frame.retryAfter })
        if (frame.key === undefined) return
        if (!mayRetry(frame.code)) this.#answered(frame.key)
        // Sent again although its acknowledgement was on its way: it will not be sent a third time.
        else if (!this.outbox.some(({ key }) => key === frame.key)) this.#client?.say({ type: 'skip', key: frame.key })
        return
      default:
      // What else there is does not change what a person has seen or sent.
    }
  }

  #reacted({ target, emoji, from, on }: ReactionFrame): void {
    const reactions = this.reactions.get(target) ?? new Set()
    this.reactions.set(target, reactions)
    if (on) reactions.add(`${from.id} ${emoji}`)
    else reactions.delete(`${from.id} ${emoji}`)
  }

  #moveTo(offset: Offset): void {
    if (this.#cursor !== undefined && offset > this.#cursor.offset) this.#cursor = { ...this.#cursor, offset }
  }

  #answered(key: string): void {
    this.outbox = this.outbox.filter((outgoing) => outgoing.key !== key)
  }
}

/** Whether the frame has a place in the log. */
export function isLogged(frame: Received): frame is Received & { readonly offset: Offset } {
  return typeof frame['offset'] === 'number'
}
