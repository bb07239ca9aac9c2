/** Hands a batch to a broker; rejects when it was not confirmed. */
export type SendBatch<T> = (batch: readonly T[]) => Promise<void>

interface Waiting<T> {
  readonly items: readonly T[]
  readonly settle: (failed: readonly T[]) => void
}

/**
 * The queue to one broker: one request in flight, everything that comes meanwhile in the next. Idempotent producers demand it,
 * and it is the group commit: order, throughput and short waits at once.
 */
export class ProduceQueue<T> {
  readonly #send: SendBatch<T>
  #waiting: Waiting<T>[] = []
  #sending = false

  constructor(send: SendBatch<T>) {
    this.#send = send
  }

  /** @returns the items that were not confirmed. Never rejects. */
  push(items: readonly T[]): Promise<readonly T[]> {
    const { promise, resolve } = Promise.withResolvers<readonly T[]>()
    this.#waiting.push({ items, settle: resolve })
    if (!this.#sending) void this.#run()
    return promise
  }

  async #run(): Promise<void> {
    this.#sending = true
    while (this.#waiting.length > 0) {
      const batch = this.#waiting
      this.#waiting = []
      const isConfirmed = await this.#send(batch.flatMap(({ items }) => items)).then(
        () => true,
        () => false,
      )
      for (const { items, settle } of batch) settle(isConfirmed ? [] : items)
    }
    this.#sending = false
  }
}
