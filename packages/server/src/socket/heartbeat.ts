import type { Clock, Scheduler } from '../clock.ts'
import type { Connection } from './connection.ts'

/** How often connections are looked at, how long one may be quiet before it is pinged, and before it is taken to be dead. ms */
const LOOK_MS = 5_000
const PING_AFTER_MS = 5_000
const DEAD_AFTER_MS = 40_000

/** Finds connections whose other end is gone, with one timer for all. */
export class Heartbeat {
  readonly #clock: Clock
  readonly #scheduler: Scheduler
  readonly #connections = new Set<Connection>()
  #cancel: () => void

  constructor(clock: Clock, scheduler: Scheduler) {
    this.#clock = clock
    this.#scheduler = scheduler
    this.#cancel = scheduler.after(LOOK_MS, () => this.#look())
  }

  add(connection: Connection): void {
    this.#connections.add(connection)
  }

  delete(connection: Connection): void {
    this.#connections.delete(connection)
  }

  stop(): void {
    this.#cancel()
  }

  [Symbol.iterator](): Iterator<Connection> {
    return this.#connections.values()
  }

  #look(): void {
    const now = this.#clock()
    for (const connection of this.#connections) connection.checkLife(now, PING_AFTER_MS, DEAD_AFTER_MS)
    this.#cancel = this.#scheduler.after(LOOK_MS, () => this.#look())
  }
}
