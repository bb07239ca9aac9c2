import { BusClock } from './bus-clock.ts'
import type { Page } from './fault.ts'

/** A gateway reads its clock, then serves what is alive, all in one turn; what lies between is not held against it. Milliseconds. */
const TURN_MS = 5

/** A gateway learns bus time better as it goes; beyond this it is worth telling. Milliseconds. */
const JUMP_MS = 50

/** What a member's sockets, one after the other, tell of bus time and of their place in the log, and what that makes of the frames on them. */
export class SocketClock {
  readonly #who: string
  readonly #page: Page
  #clock = new BusClock()
  #joinMs = 0
  #pings: number[] = []
  /** Bus time before which nothing more can be served on this socket. */
  #servedMs = Number.NEGATIVE_INFINITY
  /** The offset of the last message on this socket. */
  #served = Number.NEGATIVE_INFINITY

  constructor(who: string, page: Page) {
    this.#who = who
    this.#page = page
  }

  /** What is known of bus time: of the socket before, until this one is welcomed. */
  get bus(): BusClock {
    return this.#clock
  }

  /** Another socket was opened. */
  opened(): void {
    this.#pings = []
    this.#served = this.#servedMs = Number.NEGATIVE_INFINITY
  }

  /** Offsets have lost their meaning, and times may have. */
  newEpoch(): void {
    this.opened()
    this.#clock = new BusClock()
  }

  joins(): void {
    this.#joinMs = this.#page.clock()
  }

  pings(): void {
    this.#pings.push(this.#page.clock())
  }

  /** Another gateway may be a little ahead of the one before. */
  welcomed(now: number): void {
    this.#clock = new BusClock()
    this.#clock.sample(now, this.#joinMs, this.#page.clock())
    this.#servedMs = now
  }

  ponged(now: number): void {
    const jumpMs = this.#clock.sample(now, this.#pings.shift(), this.#page.clock())
    if (Math.abs(jumpMs) > JUMP_MS)
      this.#page.note(this.#who, `is told a bus time that has jumped by ${Math.round(jumpMs)} ms`)
    this.#servedMs = Math.max(this.#servedMs, now)
  }

  /** A message has come: none is served after its deadline, or after one behind it in the log. */
  served(text: string, offset: number, expires: number): void {
    if (expires < this.#servedMs - TURN_MS)
      this.#page.fault(
        'late',
        this.#who,
        text,
        `was served it at least ${this.#servedMs - expires} ms after its deadline`,
      )
    if (offset <= this.#served)
      this.#page.fault('reordered', this.#who, text, `received ${offset} after ${this.#served}`)
    this.#served = Math.max(this.#served, offset)
  }
}
