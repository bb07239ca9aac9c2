import type { AppendedRecord } from '@whisperrooms/protocol'
import type { BusSubscriber } from '../bus.ts'

/** Brings one subscriber its batches, one at a time: what comes while it is busy is its next batch. */
export class Delivery {
  readonly #subscriber: BusSubscriber
  #waiting: AppendedRecord[] = []
  #busy: Promise<void> | undefined
  #ended = false

  constructor(subscriber: BusSubscriber) {
    this.#subscriber = subscriber
  }

  /** @returns a promise when the subscriber has not taken all of it in yet. */
  deliver(batch: readonly AppendedRecord[], readUpToMs: number): Promise<void> | undefined {
    if (this.#ended) return undefined
    if (this.#busy !== undefined) {
      this.#waiting.push(...batch)
      return this.#busy.then(() => this.#next(readUpToMs))
    }
    const busy = this.#subscriber.take(batch, readUpToMs)
    if (busy === undefined) return undefined
    this.#busy = busy.finally(() => {
      this.#busy = undefined
    })
    return this.#busy
  }

  end(): void {
    this.#ended = true
    this.#waiting = []
  }

  #next(readUpToMs: number): Promise<void> | undefined {
    if (this.#waiting.length === 0) return undefined
    const batch = this.#waiting
    this.#waiting = []
    return this.deliver(batch, readUpToMs)
  }
}
