import type { Clock, Scheduler } from '../clock.ts'
import type { Room } from './room.ts'

/** How long one slice of writing may keep the event loop, in milliseconds. */
const SLICE_MS = 4

/** Writes what rooms have for their members: once per turn of the event loop, rooms taking turns. */
export class Flusher {
  readonly #clock: Clock
  readonly #scheduler: Scheduler
  readonly #flushed: (ms: number) => void
  readonly #dirty = new Set<Room>()
  #armed = false

  /** @param flushed told after each slice how long it took, in milliseconds. */
  constructor(clock: Clock, scheduler: Scheduler, flushed: (ms: number) => void = () => undefined) {
    this.#clock = clock
    this.#scheduler = scheduler
    this.#flushed = flushed
  }

  add(room: Room): void {
    this.#dirty.add(room)
    this.#arm()
  }

  #arm(): void {
    if (this.#armed) return
    this.#armed = true
    this.#scheduler.soon(() => this.#slice())
  }

  #slice(): void {
    this.#armed = false
    const began = this.#clock()
    const end = began + SLICE_MS
    const mayGoOn = () => this.#clock() < end
    // Set iteration visits a room that is taken out and put back again: at the end of the line, where its turn is.
    for (const room of this.#dirty) {
      this.#dirty.delete(room)
      if (!room.flush(mayGoOn)) this.#dirty.add(room)
      if (!mayGoOn()) break
    }
    if (this.#dirty.size > 0) this.#arm()
    this.#flushed(this.#clock() - began)
  }
}
