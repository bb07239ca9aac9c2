import type { Clock, Scheduler } from '../clock.ts'
import { Deadlines } from './deadlines.ts'
import type { Room } from './room.ts'

/** How long one slice of vanishing may keep the event loop, in milliseconds. */
const SLICE_MS = 3
/** Rooms are not looked at more often than this: an expiry is at most this late while the machine keeps up. */
const TICK_MS = 20
/** Entries of one room per turn, about a third of a slice. */
const BUDGET = 1024

/** Makes messages vanish on time, in all rooms, with one timer for the soonest deadline. */
export class Expiry {
  readonly #busNow: Clock
  readonly #clock: Clock
  readonly #scheduler: Scheduler
  readonly #deadlines = new Deadlines<Room>()
  readonly #planned = new WeakMap<Room, number>()
  #cancel: (() => void) | undefined
  #timerAt = Number.POSITIVE_INFINITY

  constructor(busNow: Clock, clock: Clock, scheduler: Scheduler) {
    this.#busNow = busNow
    this.#clock = clock
    this.#scheduler = scheduler
  }

  /** Looks at the room's soonest deadline again. */
  watch(room: Room): void {
    const soonest = room.log.soonestDeadline
    if (soonest >= (this.#planned.get(room) ?? Number.POSITIVE_INFINITY)) return
    this.#planned.set(room, soonest)
    this.#deadlines.add(soonest, room)
    this.#arm()
  }

  #arm(): void {
    const soonest = this.#deadlines.soonest
    if (soonest >= this.#timerAt || soonest === Number.POSITIVE_INFINITY) return
    this.#cancel?.()
    this.#timerAt = soonest
    this.#cancel = this.#scheduler.after(Math.max(TICK_MS, soonest - this.#busNow()), () => this.#slice())
  }

  #slice(): void {
    this.#cancel = undefined
    const now = this.#busNow()
    const end = this.#clock() + SLICE_MS
    while (this.#deadlines.soonest <= now) {
      if (this.#clock() > end) {
        this.#scheduler.soon(() => this.#slice())
        return
      }
      const planned = this.#deadlines.soonest
      const room = this.#deadlines.take()
      if (room === undefined) break
      // A nearer deadline came after this one was planned: the room stands in the heap once more.
      if (this.#planned.get(room) !== planned) continue
      this.#planned.delete(room)
      room.expire(now, BUDGET)
      this.watch(room)
    }
    this.#timerAt = Number.POSITIVE_INFINITY
    this.#arm()
  }
}
