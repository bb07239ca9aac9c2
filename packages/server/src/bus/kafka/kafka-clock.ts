import type { Clock } from '../../clock.ts'

/** How many of the latest probes are kept: the one with the smallest round trip tells the time. */
const PROBES = 30

interface Probe {
  /** Bus time less monotonic time, in milliseconds. */
  readonly offsetMs: number
  readonly roundTripMs: number
}

/**
 * The broker's time, told from how it stamps what is appended: the append happened between request and response, so its stamp is
 * taken to be the time in the middle of them, off by half the round trip at the most.
 */
export class KafkaClock {
  readonly #clock: Clock
  readonly #probes: Probe[] = []
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

  /** Takes in that something sent at `sentMs` and confirmed at `confirmedMs`, both monotonic, was stamped `appendedMs`. */
  probe(sentMs: number, confirmedMs: number, appendedMs: number): void {
    this.#probes.push({
      offsetMs: appendedMs - (sentMs + confirmedMs) / 2,
      roundTripMs: confirmedMs - sentMs,
    })
    if (this.#probes.length > PROBES) this.#probes.shift()
    this.#best = this.#probes.reduce((best, probe) => (probe.roundTripMs < best.roundTripMs ? probe : best))
  }

  /** Bus time in whole milliseconds; never less than it was. */
  now(): number {
    if (this.#best === undefined) throw new Error('the broker has not been asked for its time')
    this.#last = Math.max(this.#last, Math.floor(this.#clock() + this.#best.offsetMs))
    return this.#last
  }
}
