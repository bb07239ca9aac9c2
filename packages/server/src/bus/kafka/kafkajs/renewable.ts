interface Client {
  connect(): Promise<void>
  disconnect(): Promise<void>
}

interface Opened<C> {
  readonly client: C
  readonly connected: Promise<void>
  uses: number
}

/** A client that is replaced after a failure, because nobody knows what state it is in then. */
export class Renewable<C extends Client> {
  readonly #make: () => C
  #current: Opened<C> | undefined
  #closed = false

  constructor(make: () => C) {
    this.#make = make
  }

  async use<T>(task: (client: C) => Promise<T>): Promise<T> {
    if (this.#closed) throw new Error('the connection to the brokers is closed')
    this.#current ??= this.#open()
    const mine = this.#current
    mine.uses++
    try {
      await mine.connected
      return await task(mine.client)
    } catch (error) {
      if (this.#current === mine) this.drop()
      throw error
    } finally {
      mine.uses--
      if (this.#current !== mine) await this.#end(mine)
    }
  }

  /** Has the next use begin with another client. This one is disconnected when nobody uses it any more. */
  drop(): void {
    this.#current = undefined
  }

  async close(): Promise<void> {
    const last = this.#current
    this.#closed = true
    this.drop()
    if (last !== undefined) await this.#end(last)
  }

  #open(): Opened<C> {
    const client = this.#make()
    return { client, connected: client.connect(), uses: 0 }
  }

  /** Not while it is in use: it would connect again. */
  async #end({ client, uses }: Opened<C>): Promise<void> {
    if (uses === 0) await client.disconnect().catch(() => undefined)
  }
}
