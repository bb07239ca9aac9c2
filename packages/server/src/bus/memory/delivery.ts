import type { AppendedRecord } from '@whisperrooms/protocol'
import type { BusSubscriber } from '../bus.ts'

/** Brings one subscriber its batches, one at a time: what comes while it is busy is its next batch. */
export class Delivery {
  readonly #subscriber: BusSubscriber
  #waiting: AppendedRecord[] = []
  #readUpToMs = 0
  #draining: Promise<void> | undefined
  #ended = false

  constructor(subscriber: BusSubscriber) {
    this.#subscriber = subscriber
  }

  /** @returns a promise when the subscriber has not taken all of it in yet. */
  deliver(batch: readonly AppendedRecord[], readUpToMs: number): Promise<void> | undefined {
    if (this.#ended) return undefined
    this.#readUpToMs = readUpToMs
    if (this.#draining !== undefined) {
      this.#waiting.push(...batch)
      return this.#draining
    }
    const busy = this.#subscriber.take(batch, readUpToMs)
    if (busy !== undefined) this.#draining = this.#drain(busy)
    return this.#draining
  }

  end(): void {
    this.#ended = true
    this.#waiting = []
  }

  async #drain(busy: Promise<void>): Promise<void> {
    await busy
    while (this.#waiting.length > 0) {
      const batch = this.#waiting
      this.#waiting = []
      await this.#subscriber.take(batch, this.#readUpToMs)
    }
    this.#draining = undefined
  }
}
