import type { MemberId, RoomKey } from '@whisperrooms/protocol'
import type { Clock, Scheduler } from '../clock.ts'
import { Fifo } from '../streams/fifo.ts'
import type { People } from './people.ts'

/** How much before its time a timer may fire, in milliseconds. */
const TIMER_EARLY_MS = 20
/** So many end in one turn: a crowd that is lost at once must not keep the event loop. */
const SLICE = 500

/** A member who has lost the last socket. */
export interface Lost {
  readonly room: RoomKey
  readonly people: People
  readonly member: MemberId
  /** On the gateway's monotonic clock, in milliseconds. */
  readonly endsMs: number
}

/**
 * The graces of all rooms: since all are equally long they end in the order in which they begin, and one timer is enough.
 *
 * @param ended called at or after `endsMs`.
 * @returns what one is begun with.
 */
export function graces(clock: Clock, scheduler: Scheduler, ended: (lost: Lost) => void): (lost: Lost) => void {
  const others = new Fifo<Lost>()
  let first: Lost | undefined

  function arm({ endsMs }: Lost): void {
    scheduler.after(Math.max(0, endsMs - clock()) + TIMER_EARLY_MS, end)
  }

  function end(): void {
    const now = clock()
    for (let left = SLICE; left > 0 && first !== undefined && first.endsMs <= now; left--) {
      ended(first)
      first = others.shift()
    }
    if (first !== undefined) arm(first)
  }

  return (lost) => {
    if (first !== undefined) return others.push(lost)
    first = lost
    arm(lost)
  }
}
