import type { BusClock } from './bus-clock.ts'
import type { Page } from './fault.ts'
import type { Place } from './room-book.ts'

/** One message on a screen. */
export interface OnScreen extends Place {
  readonly text: string
  /** Bus time, milliseconds. */
  readonly expires: number
}

/** How far a screen may be behind a deadline, or before it, in milliseconds. */
const SCREEN_MS = 1_000
/** What came this close to its deadline need not reach the screen any more, in milliseconds. */
const DYING_MS = 500

/** What one member has on the screen: each message once, in the log's order, until its deadline. */
export class Screen {
  readonly #who: string
  readonly #page: Page
  readonly #clock: () => BusClock
  readonly #ever = new Set<string>()
  /** What came and is not on the screen yet. */
  readonly #expected = new Set<string>()
  /** What came too close to its deadline for that. */
  readonly #dying = new Set<string>()
  /** By how much bus time could be misjudged when a message came, in milliseconds: so much longer or shorter it may be shown. */
  readonly #doubts = new Map<string, number>()
  #now: readonly OnScreen[] = []

  /** @param clock what is known of bus time now. */
  constructor(who: string, page: Page, clock: () => BusClock) {
    this.#who = who
    this.#page = page
    this.#clock = clock
  }

  /** Whether it was ever shown, or came too late for that. */
  has(text: string): boolean {
    return this.#ever.has(text) || this.#dying.has(text)
  }

  /** Whether everything that came was shown. */
  get isComplete(): boolean {
    return this.#expected.size === 0
  }

  /** A message has come. */
  expect(text: string, expires: number): void {
    const clock = this.#clock()
    this.#doubts.set(text, clock.doubtMs)
    if (expires - clock.estimate(this.#page.clock()) < DYING_MS) this.#dying.add(text)
    else if (!this.#ever.has(text)) this.#expected.add(text)
  }

  /** Takes in everything on the screen, as it is now, in its order. What stays is the same object as before. */
  update(messages: readonly OnScreen[]): void {
    const before = this.#now
    this.#now = messages
    const gone = messages[0] === undefined ? before.length : before.indexOf(messages[0])
    const stay = before.length - gone
    // Most often the oldest have gone and others have come at the end.
    if (gone < 0 || stay > messages.length || !messages.slice(0, stay).every((one, i) => one === before[gone + i]))
      return this.#compare(before, messages)
    for (const message of before.slice(0, gone)) this.#hidden(message)
    for (const message of messages.slice(stay)) this.#appeared(message)
    this.#checkOrder(messages.slice(Math.max(0, stay - 1)))
  }

  /** Whatever should be gone by now is late. */
  check(): void {
    for (const message of this.#now) this.#checkPast(message)
  }

  #compare(before: readonly OnScreen[], messages: readonly OnScreen[]): void {
    const [old, now] = [before, messages].map((list) => new Set(list.map(({ text }) => text)))
    if (now !== undefined && now.size < messages.length) this.#twice(messages)
    for (const message of before) if (!now?.has(message.text)) this.#hidden(message)
    for (const message of messages) if (!old?.has(message.text)) this.#appeared(message)
    this.#checkOrder(messages)
  }

  #appeared(message: OnScreen): void {
    const { text, offset } = message
    this.#page.note(this.#who, `shows it, at ${offset}`, text)
    if (this.#ever.has(text)) this.#page.fault('duplicate', this.#who, text, 'showed it again')
    this.#ever.add(text)
    this.#expected.delete(text)
    this.#checkPast(message)
  }

  #hidden(message: OnScreen): void {
    const { text, expires } = message
    this.#page.note(this.#who, 'takes it off the screen', text)
    this.#checkPast(message)
    const earlyMs = expires - this.#clock().latest(this.#page.clock())
    if (earlyMs > SCREEN_MS + this.#doubtOf(text))
      this.#page.fault('early', this.#who, text, `took it off the screen ${Math.round(earlyMs)} ms before its deadline`)
  }

  #checkPast({ text, expires }: OnScreen): void {
    const lateMs = this.#clock().earliest(this.#page.clock()) - expires - this.#page.lagMs()
    if (lateMs > SCREEN_MS + this.#doubtOf(text))
      this.#page.fault('late', this.#who, text, `had it on the screen ${Math.round(lateMs)} ms after its deadline`)
  }

  #doubtOf(text: string): number {
    return this.#doubts.get(text) ?? 0
  }

  #twice(messages: readonly OnScreen[]): void {
    const seen = new Set<string>()
    for (const { text } of messages) {
      if (seen.has(text)) this.#page.fault('duplicate', this.#who, text, 'has it on the screen twice')
      seen.add(text)
    }
  }

  #checkOrder(messages: readonly OnScreen[]): void {
    let before: OnScreen | undefined
    for (const message of messages) {
      if (before !== undefined && !this.#isBefore(before, message))
        this.#page.fault('reordered', this.#who, message.text, `shows ${message.offset} below ${before.offset}`)
      before = message
    }
  }

  #isBefore(a: Place, b: Place): boolean {
    if (a.epoch === b.epoch) return a.offset < b.offset
    return this.#page.room.ordinalOf(a.epoch) < this.#page.room.ordinalOf(b.epoch)
  }
}
