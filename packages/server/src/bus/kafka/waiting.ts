import type { Clock } from '../../clock.ts'

/** Whoever has their room has it made yet, or is told what is in it: in milliseconds. */
const AFTERWARDS_MS = 100

/** Whether anybody waits for a room: work that nobody waits for makes way for theirs. */
export class Waiting {
  readonly #clock: Clock
  #count = 0
  #untilMs = Number.NEGATIVE_INFINITY

  /** @param clock the gateway's monotonic clock. */
  constructor(clock: Clock) {
    this.#clock = clock
  }

  get isAnybody(): boolean {
    return this.#count > 0 || this.#clock() < this.#untilMs
  }

  /** Counts one more until `task` has settled, and for a little longer. */
  async whilst<T>(task: Promise<T>): Promise<T> {
    this.#count++
    try {
      return await task
    } finally {
      this.#count--
      this.#untilMs = this.#clock() + AFTERWARDS_MS
    }
  }
}
