/** How long anything here may be waited for before the test fails, in milliseconds. */
export const PATIENCE_MS = 8_000

interface Waiter<T> {
  readonly matches: (item: T) => boolean
  readonly resolve: (item: T) => void
  readonly reject: (error: Error) => void
}

/** What has come in, in order; each item can be taken once, by whoever waits for it. */
export class Inbox<T> {
  /** Everything that ever came, taken or not. */
  readonly all: T[] = []
  readonly #describe: (item: T) => string
  #untaken: T[] = []
  #waiters: Waiter<T>[] = []
  #ended: string | undefined

  constructor(describe: (item: T) => string) {
    this.#describe = describe
  }

  add(item: T): void {
    this.all.push(item)
    const waiter = this.#waiters.find(({ matches }) => matches(item))
    if (waiter === undefined) this.#untaken.push(item)
    else {
      this.#waiters = this.#waiters.filter((other) => other !== waiter)
      waiter.resolve(item)
    }
  }

  /** Nothing more will come: whoever waits is told so. */
  end(why: string): void {
    this.#ended ??= why
    for (const waiter of this.#waiters.splice(0)) waiter.reject(new Error(why))
  }

  /** The first item not yet taken that matches; waits for it, and fails loudly when it does not come. */
  async take<U extends T>(what: string, matches: (item: T) => item is U, patienceMs = PATIENCE_MS): Promise<U> {
    const at = this.#untaken.findIndex(matches)
    const found = at < 0 ? undefined : this.#untaken[at]
    if (found !== undefined && matches(found)) {
      this.#untaken.splice(at, 1)
      return found
    }
    const waiting = Promise.withResolvers<T>()
    const waiter: Waiter<T> = { matches, ...waiting }
    if (this.#ended === undefined) this.#waiters.push(waiter)
    else waiting.reject(new Error(this.#ended))
    const timer = setTimeout(() => {
      this.#waiters = this.#waiters.filter((other) => other !== waiter)
      waiting.reject(new Error(`nothing came within ${patienceMs} ms`))
    }, patienceMs)
    try {
      const item = await waiting.promise
      if (!matches(item)) throw new Error('what came is not what was waited for')
      return item
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error)
      const tail = this.all.slice(-12).map(this.#describe).join('\n  ')
      throw new Error(`${what} did not come: ${why}. The last that came:\n  ${tail || '(nothing)'}`)
    } finally {
      clearTimeout(timer)
    }
  }
}

/** Fails loudly when `promise` takes longer than it may. */
export async function within<T>(promise: Promise<T>, what: string, patienceMs = PATIENCE_MS): Promise<T> {
  const { promise: late, reject } = Promise.withResolvers<never>()
  const timer = setTimeout(() => reject(new Error(`${what} did not happen within ${patienceMs} ms`)), patienceMs)
  try {
    return await Promise.race([promise, late])
  } finally {
    clearTimeout(timer)
  }
}
