/** Counts values by size. Bounds are upper and inclusive, as Prometheus has them. */
export class Histogram {
  readonly bounds: readonly number[]
  /** How many values each bound has above the one before; one more for what lies above all. */
  readonly counts: Float64Array
  sum = 0

  /** @param bounds rising. */
  constructor(bounds: readonly number[]) {
    this.bounds = bounds
    this.counts = new Float64Array(bounds.length + 1)
  }

  observe(value: number): void {
    let at = 0
    while (at < this.bounds.length && value > (this.bounds[at] as number)) at++
    this.counts[at] = (this.counts[at] as number) + 1
    this.sum += value
  }
}
