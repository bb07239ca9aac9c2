import type { Clock, Scheduler } from '../clock.ts'
import type { Room } from './room.ts'

/** How long one slice of writing may keep the event loop, in milliseconds. */
const SLICE_MS = 4

/** Is told of the slices in which it is written. */
export interface SliceMeter {
  began(): void
  /** @param ms how long it took. */
  ended(ms: number): void
}

/** Writes what rooms have for their members: once per turn of the event loop, rooms taking turns. */
export class Flusher {
  readonly #clock: Clock
  readonly #scheduler: Scheduler
  readonly #meter: SliceMeter | undefined
  readonly #dirty = new Set<Room>()
  #armed = false

  constructor(clock: Clock, scheduler: Scheduler, meter?: SliceMeter) {
    this.#clock = clock
    this.#scheduler = scheduler
    this.#meter = meter
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
    this.#meter?.began()
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
    this.#meter?.ended(this.#clock() - began)
  }
}
