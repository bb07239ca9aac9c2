/** How many of the latest answers are kept: older ones know nothing of how the clocks have drifted since. */
const SAMPLES = 10

/** Bus time less this process's monotonic time lies between these, in milliseconds. */
interface Bounds {
  readonly least: number
  readonly most: number
}

/**
 * Between which two instants bus time is, from what a gateway said it was. It was read after the question had left here and before
 * the answer came, so every answer is a bound on both sides: what is held against them is wrong for certain, not by estimate.
 */
export class BusClock {
  #samples: Bounds[] = []
  #bounds: Bounds | undefined

  /**
   * Takes in that the answer to what was sent at `sentMs` said `busMs`; `undefined`: nobody had asked.
   *
   * @returns by how much bus time has jumped at least, in milliseconds, when it is not where it can be by what was said before.
   */
  sample(busMs: number, sentMs: number | undefined, receivedMs: number): number {
    const before = this.#bounds
    // What is told is cut to whole milliseconds.
    const most = sentMs === undefined ? Number.POSITIVE_INFINITY : busMs + 1 - sentMs
    const latest = { least: busMs - receivedMs, most }
    this.#samples = [...this.#samples.slice(1 - SAMPLES), latest]
    this.#bounds = this.#agree()
    while (this.#bounds.least > this.#bounds.most && this.#samples.length > 1) {
      this.#samples.shift()
      this.#bounds = this.#agree()
    }
    if (before === undefined) return 0
    return Math.max(0, latest.least - before.most) + Math.min(0, latest.most - before.least)
  }

  /** The earliest it can be at `localMs`. */
  earliest(localMs: number): number {
    return localMs + (this.#bounds?.least ?? Number.NEGATIVE_INFINITY)
  }

  /** The latest it can be at `localMs`. */
  latest(localMs: number): number {
    return localMs + (this.#bounds?.most ?? Number.POSITIVE_INFINITY)
  }

  /** What it is most likely, at `localMs`. */
  estimate(localMs: number): number {
    const latest = this.latest(localMs)
    return Number.isFinite(latest) ? (this.earliest(localMs) + latest) / 2 : this.earliest(localMs)
  }

  /** By how much the estimate can be wrong, in milliseconds; 0 when nobody has said how much. */
  get doubtMs(): number {
    const { least, most } = this.#bounds ?? { least: 0, most: 0 }
    return Number.isFinite(most) ? (most - least) / 2 : 0
  }

  #agree(): Bounds {
    return {
      least: Math.max(...this.#samples.map(({ least }) => least)),
      most: Math.min(...this.#samples.map(({ most }) => most)),
    }
  }
}
