import type { Clock } from '../../clock.ts'

/** How many of the latest probes are kept: the one with the smallest round trip tells the time. */
const PROBES = 30
/** What two probes may differ by, beyond the doubt of their round trips, before one of the clocks was set, in milliseconds. */
export const STEP_MS = 1_000

interface Probe {
  /** Bus time less monotonic time, in milliseconds. */
  readonly offsetMs: number
  readonly roundTripMs: number
}

/**
 * A broker's time, told from how it stamps what is appended: the append happened between request and response, so its stamp is
 * taken to be the time in the middle of them, off by half the round trip at the most (RFC 5905's clock filter).
 */
export class KafkaClock {
  readonly #clock: Clock
  #probes: Probe[] = []
  #best: Probe | undefined
  #last = Number.NEGATIVE_INFINITY

  /** @param clock monotonic, in milliseconds. */
  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Whether it has been probed at all. */
  get isSet(): boolean {
    return this.#best !== undefined
  }

  /**
   * Takes in that something sent at `sentMs` and confirmed at `confirmedMs`, both monotonic, was stamped `appendedMs`.
   *
   * @returns whether it agrees with what was known; when not, it was not taken in: the broker's clock was set.
   */
  probe(sentMs: number, confirmedMs: number, appendedMs: number): boolean {
    const probe = { offsetMs: appendedMs - (sentMs + confirmedMs) / 2, roundTripMs: confirmedMs - sentMs }
    const doubtMs = ((this.#best?.roundTripMs ?? 0) + probe.roundTripMs) / 2
    if (this.#best !== undefined && Math.abs(probe.offsetMs - this.#best.offsetMs) > STEP_MS + doubtMs) return false
    this.#probes.push(probe)
    if (this.#probes.length > PROBES) this.#probes.shift()
    this.#best = this.#probes.reduce((best, one) => (one.roundTripMs < best.roundTripMs ? one : best))
    return true
  }

  /** Forgets all it knew; what it tells next may lie before what it told. */
  reset(): void {
    this.#probes = []
    this.#best = undefined
    this.#last = Number.NEGATIVE_INFINITY
  }

  /** Bus time in whole milliseconds; never less than it was. */
  now(): number {
    this.#last = Math.max(this.#last, Math.floor(this.#at(this.#clock())))
    return this.#last
  }

  /** Bus time that had surely been reached at `monotonicMs`. */
  surelyAt(monotonicMs: number): number {
    return Math.floor(this.#at(monotonicMs) - (this.#best?.roundTripMs ?? 0) / 2)
  }

  #at(monotonicMs: number): number {
    if (this.#best === undefined) throw new Error('the broker has not been asked for its time')
    return monotonicMs + this.#best.offsetMs
  }
}
