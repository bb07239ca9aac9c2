import type { Clock, Scheduler } from '../clock.ts'
import type { Connection } from './connection.ts'

/** How often each of many connections is looked at (of a few, more often), how long it may be quiet before it is pinged, and before it is taken to be dead. ms */
const LOOK_MS = 2_000
const PING_AFTER_MS = 7_500
const DEAD_AFTER_MS = 40_000
/** In so many parts, one after the other, so that thousands of pings do not keep anybody waiting. */
const PARTS = 50

/** Finds connections whose other end is gone, with one timer for all. */
export class Heartbeat {
  readonly #clock: Clock
  readonly #scheduler: Scheduler
  readonly #connections = new Set<Connection>()
  #round: Iterator<Connection, undefined>
  #cancel: () => void

  constructor(clock: Clock, scheduler: Scheduler) {
    this.#clock = clock
    this.#scheduler = scheduler
    this.#round = this.#connections.values()
    this.#cancel = scheduler.after(LOOK_MS / PARTS, () => this.#look())
  }

  add(connection: Connection): void {
    this.#connections.add(connection)
  }

  delete(connection: Connection): void {
    this.#connections.delete(connection)
  }

  get connections(): ReadonlySet<Connection> {
    return this.#connections
  }

  stop(): void {
    this.#cancel()
  }

  [Symbol.iterator](): Iterator<Connection> {
    return this.#connections.values()
  }

  #look(): void {
    const now = this.#clock()
    for (let i = Math.ceil(this.#connections.size / PARTS); i > 0; i--) {
      const { value: connection, done } = this.#round.next()
      if (done) {
        this.#round = this.#connections.values()
        break
      }
      connection.checkLife(now, PING_AFTER_MS, DEAD_AFTER_MS)
    }
    this.#cancel = this.#scheduler.after(LOOK_MS / PARTS, () => this.#look())
  }
}
