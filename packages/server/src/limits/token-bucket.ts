/** What sums of fractions of a token may be off by. */
const ROUNDING = 1e-6

/**
 * A token bucket: `ratePerSecond` tokens come in steadily, up to `burst` of them are kept. Refilled when it is looked at, from
 * the clock passed in (monotonic, milliseconds), so it needs no timer and every call is O(1).
 */
export class TokenBucket {
  readonly #perMs: number
  readonly #burst: number
  #tokens: number
  #atMs: number

  constructor(ratePerSecond: number, burst: number, nowMs: number) {
    this.#perMs = ratePerSecond / 1000
    this.#burst = burst
    this.#tokens = burst
    this.#atMs = nowMs
  }

  /** Milliseconds until `count` tokens are there; 0: now. More than fit are never there: then those that fit count. */
  waitMs(count: number, nowMs: number): number {
    this.#refill(nowMs)
    const missing = Math.min(count, this.#burst) - this.#tokens
    return missing <= ROUNDING ? 0 : Math.ceil(missing / this.#perMs)
  }

  /** Takes `count` tokens, or as many as fit, which `waitMs` has said are there. */
  take(count: number): void {
    this.#tokens = Math.max(0, this.#tokens - Math.min(count, this.#burst))
  }

  /** Whether it is as if it had never been used. */
  isFull(nowMs: number): boolean {
    this.#refill(nowMs)
    return this.#tokens >= this.#burst
  }

  #refill(nowMs: number): void {
    this.#tokens = Math.min(this.#burst, this.#tokens + Math.max(0, nowMs - this.#atMs) * this.#perMs)
    this.#atMs = nowMs
  }
}
