/** How often it is looked how late the event loop is, and for how long that is remembered, in milliseconds. */
const LOOK_MS = 25
const REMEMBERED_MS = 2_000

/**
 * Watches how late timers of this process are. On a machine that is busy otherwise, what every client in it is late by is no fault of
 * any.
 */
export class LoopWatch {
  readonly #timer = setInterval(() => this.#look(), LOOK_MS).unref()
  #lags: { readonly ms: number; readonly lagMs: number }[] = []
  #lookedMs = performance.now()

  /** The longest that a timer has been late by lately, in milliseconds; one that is due and has not rung counts as well. */
  lagMs(): number {
    const dueMs = performance.now() - this.#lookedMs - LOOK_MS
    return Math.max(0, dueMs, ...this.#lags.map(({ lagMs }) => lagMs))
  }

  stop(): void {
    clearInterval(this.#timer)
  }

  #look(): void {
    const ms = performance.now()
    this.#lags.push({ ms, lagMs: ms - this.#lookedMs - LOOK_MS })
    this.#lags = this.#lags.filter((lag) => lag.ms > ms - REMEMBERED_MS)
    this.#lookedMs = ms
  }
}
