import type { StoredMessage } from '../driver.ts'

/**
 * A message that lies in a batch. What most of a taken-up shard is for is to wait until somebody wants it, or nobody any more: a view of
 * its key and one of its value would take three times as much memory as itself.
 */
export class FetchedMessage implements StoredMessage {
  readonly offset: number
  readonly at: number
  readonly #batch: Buffer
  readonly #keyAt: number
  readonly #keyLength: number
  readonly #valueAt: number
  readonly #valueLength: number

  /** @param keyLength in bytes, as `valueLength`; negative: null. */
  constructor(
    batch: Buffer,
    offset: number,
    at: number,
    keyAt: number,
    keyLength: number,
    valueAt: number,
    valueLength: number,
  ) {
    this.#batch = batch
    this.offset = offset
    this.at = at
    this.#keyAt = keyAt
    this.#keyLength = keyLength
    this.#valueAt = valueAt
    this.#valueLength = valueLength
  }

  get key(): Buffer | null {
    return this.#keyLength < 0 ? null : this.#batch.subarray(this.#keyAt, this.#keyAt + this.#keyLength)
  }

  get value(): Buffer | null {
    return this.#valueLength < 0 ? null : this.#batch.subarray(this.#valueAt, this.#valueAt + this.#valueLength)
  }

  get keyText(): string {
    return this.#keyLength < 0 ? '' : this.#batch.toString('latin1', this.#keyAt, this.#keyAt + this.#keyLength)
  }

  get bytes(): number {
    return Math.max(0, this.#keyLength) + Math.max(0, this.#valueLength)
  }
}
