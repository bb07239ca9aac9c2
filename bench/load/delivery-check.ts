const FIRST_SIZE = 1_024
const ACKNOWLEDGED = 1
const ARRIVED = 2

/** What became of one sender's messages, which are numbered from 0. */
export class DeliveryCheck {
  acknowledged = 0
  /** Different messages that arrived. */
  arrived = 0
  /** Arrivals of what had arrived before. */
  repeated = 0
  /** Arrivals behind a later message. */
  disordered = 0
  #latest = -1
  #states = new Uint8Array(FIRST_SIZE)

  acknowledge(sequence: number): void {
    if (this.#mark(sequence, ACKNOWLEDGED)) this.acknowledged++
  }

  arrive(sequence: number): void {
    if (!this.#mark(sequence, ARRIVED)) {
      this.repeated++
      return
    }
    this.arrived++
    if (sequence < this.#latest) this.disordered++
    else this.#latest = sequence
  }

  /** Messages that were acknowledged and have not arrived. */
  get lost(): number {
    let lost = 0
    for (const state of this.#states) if (state === ACKNOWLEDGED) lost++
    return lost
  }

  /** @returns whether it is the first time. */
  #mark(sequence: number, state: number): boolean {
    if (sequence >= this.#states.length) {
      const larger = new Uint8Array(Math.max(2 * this.#states.length, sequence + 1))
      larger.set(this.#states)
      this.#states = larger
    }
    const before = this.#states[sequence] ?? 0
    this.#states[sequence] = before | state
    return (before & state) === 0
  }
}
