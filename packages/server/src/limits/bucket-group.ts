import { type Forgettable, Keyed } from './keyed.ts'
import type { LimitReason } from './refusal.ts'
import { TokenBucket } from './token-bucket.ts'

/** Buckets to take from at the same time, and how many tokens from each. */
export type Buckets = readonly (readonly [LimitReason, TokenBucket | undefined, number])[]

class KeptBucket extends TokenBucket implements Forgettable {
  isFresh(nowMs: number): boolean {
    return this.isFull(nowMs)
  }
}

/** One token bucket for each key; none at all when the rate is 0. */
export class BucketGroup {
  readonly #buckets: Keyed<string, KeptBucket> | undefined

  constructor(ratePerSecond: number, burst: number, mostKeys: number) {
    if (ratePerSecond > 0)
      this.#buckets = new Keyed((nowMs) => new KeptBucket(ratePerSecond, Math.max(1, burst), nowMs), mostKeys)
  }

  get(key: string, nowMs: number): TokenBucket | undefined {
    return this.#buckets?.get(key, nowMs)
  }

  /** Forgets those of so many that are full again. */
  forget(nowMs: number, looks: number): void {
    this.#buckets?.forget(nowMs, looks)
  }
}
