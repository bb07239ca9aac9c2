import type { Clock, Scheduler } from '../clock.ts'
import { Deadlines } from './deadlines.ts'
import type { Room } from './room.ts'

/** How long one slice of vanishing may keep the event loop, in milliseconds. */
const SLICE_MS = 3
/** Rooms are not looked at more often than this: an expiry is at most this late while the machine keeps up. */
const TICK_MS = 20
/** Entries of one room per turn, about a third of a slice. */
const BUDGET = 1024

/** When a room is to be looked at. */
interface Plan {
  readonly deadlineMs: number
  /** The same on the monotonic clock. */
  readonly dueMs: number
}

/**
 * Makes messages vanish on time, in all rooms, with one timer for the soonest deadline. Deadlines are in the bus time of each room's shard;
 * they are brought onto the gateway's monotonic clock here, where they can be compared.
 */
export class Expiry {
  readonly #clock: Clock
  readonly #scheduler: Scheduler
  readonly #late: (ms: number) => void
  readonly #deadlines = new Deadlines<Room>()
  readonly #planned = new WeakMap<Room, Plan>()
  #cancel: (() => void) | undefined
  #timerAt = Number.POSITIVE_INFINITY

  /** @param late told for each room that was due by how much it was late, in milliseconds. */
  constructor(clock: Clock, scheduler: Scheduler, late: (ms: number) => void = () => undefined) {
    this.#clock = clock
    this.#scheduler = scheduler
    this.#late = late
  }

  /** Looks at the room's soonest deadline again. */
  watch(room: Room): void {
    const deadlineMs = room.log.soonestDeadline
    const planned = this.#planned.get(room)
    if (deadlineMs === Number.POSITIVE_INFINITY || deadlineMs === planned?.deadlineMs) return
    // Deadlines of two epochs cannot be compared; times of this gateway's own clock can.
    const dueMs = this.#clock() + deadlineMs - room.now
    if (planned !== undefined && dueMs >= planned.dueMs) return
    this.#planned.set(room, { deadlineMs, dueMs })
    this.#deadlines.add(dueMs, room)
    this.#arm()
  }

  #arm(): void {
    const soonest = this.#deadlines.soonest
    if (soonest >= this.#timerAt || soonest === Number.POSITIVE_INFINITY) return
    this.#cancel?.()
    this.#timerAt = soonest
    this.#cancel = this.#scheduler.after(Math.max(TICK_MS, soonest - this.#clock()), () => this.#slice())
  }

  #slice(): void {
    this.#cancel = undefined
    const now = this.#clock()
    const end = now + SLICE_MS
    while (this.#deadlines.soonest <= now) {
      if (this.#clock() > end) {
        this.#scheduler.soon(() => this.#slice())
        return
      }
      const due = this.#deadlines.soonest
      const room = this.#deadlines.take()
      if (room === undefined) break
      // A nearer deadline came after this one was planned: the room stands in the heap once more.
      if (this.#planned.get(room)?.dueMs !== due) continue
      this.#planned.delete(room)
      this.#late(now - due)
      room.expire(BUDGET)
      this.watch(room)
    }
    this.#timerAt = Number.POSITIVE_INFINITY
    this.#arm()
  }
}
