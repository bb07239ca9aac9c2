import type { Scheduler } from '../clock.ts'

/**
 * Why nothing is taken in from a client for now.
 * - `joining`: its join is being answered.
 * - `authenticating`: its token is being judged.
 * - `quota`: it has as much in the pipeline as it may.
 * - `unsent`: it has not read what it was sent.
 * - `turn`: it has had its share of this turn of the event loop.
 * - `flood`: it goes wrong faster than it is to be answered.
 * - `draining`: the gateway is going down; what the client sends now it will send to another one.
 */
export type PauseReason = 'joining' | 'authenticating' | 'quota' | 'unsent' | 'turn' | 'flood' | 'draining'

/** So many messages of one client are taken in per turn of the event loop; others have theirs between. */
const PER_TURN = 64

/** What can be told to stop reading, and to go on. */
export interface Readable {
  pause(): void
  resume(): void
}

/**
 * Takes messages in, one by one, unless it is paused. What the WebSocket library had already read when it was told to pause, a
 * chunk of the socket at the most, waits here.
 */
export class Intake<T> {
  readonly #source: Readable
  readonly #scheduler: Scheduler
  readonly #handle: (message: T) => void
  readonly #reasons = new Set<PauseReason>()
  #waiting: T[] = []
  #taking = false
  #takenThisTurn = 0
  readonly #newTurn = (): void => {
    this.#takenThisTurn = 0
    this.resume('turn')
  }
  #ended = false

  constructor(source: Readable, scheduler: Scheduler, handle: (message: T) => void) {
    this.#source = source
    this.#scheduler = scheduler
    this.#handle = handle
  }

  get isPaused(): boolean {
    return this.#reasons.size > 0
  }

  take(message: T): void {
    if (this.#ended) return
    if (this.isPaused || this.#waiting.length > 0) this.#waiting.push(message)
    else this.#take(message)
  }

  #take(message: T): void {
    if (this.#takenThisTurn++ === 0) this.#scheduler.soon(this.#newTurn)
    if (this.#takenThisTurn === PER_TURN) this.pause('turn')
    this.#handle(message)
  }

  pause(reason: PauseReason): void {
    if (this.#ended) return
    if (!this.isPaused) this.#source.pause()
    this.#reasons.add(reason)
  }

  resume(reason: PauseReason): void {
    if (!this.#reasons.delete(reason) || this.isPaused) return
    if (this.#waiting.length === 0) this.#source.resume()
    else if (!this.#taking) {
      this.#taking = true
      this.#scheduler.soon(() => this.#takeWaiting())
    }
  }

  /** Nothing more is taken in; what comes is read all the same, so that the other end's close is, unless it is a flood. */
  end(isFlood: boolean): void {
    this.#ended = true
    this.#waiting = []
    this.#reasons.clear()
    if (isFlood) this.#source.pause()
    else this.#source.resume()
  }

  #takeWaiting(): void {
    this.#taking = false
    const waiting = this.#waiting
    let taken = 0
    while (taken < waiting.length && !this.isPaused && !this.#ended) this.#take(waiting[taken++] as T)
    if (this.#ended) return
    this.#waiting = waiting.slice(taken)
    if (this.#waiting.length === 0 && !this.isPaused) this.#source.resume()
  }
}
