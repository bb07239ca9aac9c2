import type { Clock } from '../clock.ts'

export interface AppendQueueOptions<T> {
  /** Hands a batch to a broker; rejects when it was not confirmed. */
  readonly send: (batch: readonly T[]) => Promise<void>
  readonly clock: Clock
  readonly sizeOf?: (item: T) => number
  /** What a batch may amount to by `sizeOf`; a single item may be more. */
  readonly maxBatch?: number
}

/** What was pushed together, and what became of it so far. */
interface Push<T> {
  left: number
  readonly failed: T[]
  readonly settle: (failed: readonly T[]) => void
}

interface Waiting<T> {
  readonly item: T
  readonly push: Push<T>
}

/**
 * The queue to one broker: one request in flight, everything that comes meanwhile in the next. Idempotent producers demand it,
 * and it is the group commit: order, throughput and short waits at once.
 */
export class AppendQueue<T> {
  readonly #options: AppendQueueOptions<T>
  #waiting: Waiting<T>[] = []
  #sendingSince: number | undefined

  constructor(options: AppendQueueOptions<T>) {
    this.#options = options
  }

  /** When the request under way began, on the monotonic clock; `undefined` when none is. */
  get sendingSince(): number | undefined {
    return this.#sendingSince
  }

  /** @returns the items that were not confirmed. Never rejects. */
  push(items: readonly T[]): Promise<readonly T[]> {
    if (items.length === 0) return Promise.resolve([])
    const { promise, resolve } = Promise.withResolvers<readonly T[]>()
    const push: Push<T> = { left: items.length, failed: [], settle: resolve }
    for (const item of items) this.#waiting.push({ item, push })
    if (this.#sendingSince === undefined) void this.#run()
    return promise
  }

  async #run(): Promise<void> {
    while (this.#waiting.length > 0) {
      this.#sendingSince = this.#options.clock()
      const batch = this.#takeBatch()
      const isConfirmed = await this.#options.send(batch.map(({ item }) => item)).then(
        () => true,
        () => false,
      )
      settle(batch, isConfirmed)
      if (isConfirmed) continue
      // What was said behind something that failed must not overtake it when it is tried again.
      const behind = this.#waiting
      this.#waiting = []
      settle(behind, false)
    }
    this.#sendingSince = undefined
  }

  #takeBatch(): Waiting<T>[] {
    const { sizeOf = () => 0, maxBatch = Number.POSITIVE_INFINITY } = this.#options
    let count = 0
    let size = 0
    for (const { item } of this.#waiting) {
      size += sizeOf(item)
      if (size > maxBatch && count > 0) break
      count++
    }
    const batch = this.#waiting.slice(0, count)
    this.#waiting = this.#waiting.slice(count)
    return batch
  }
}

function settle<T>(batch: readonly Waiting<T>[], isConfirmed: boolean): void {
  for (const { item, push } of batch) {
    if (!isConfirmed) push.failed.push(item)
    if (--push.left === 0) push.settle(push.failed)
  }
}
