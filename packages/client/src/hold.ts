import { resendMs } from './reconnect.ts'
import type { Scheduler } from './scheduler.ts'

/**
 * The pause after a refusal. The server holds all messages behind the first refused one until that comes again, is skipped or is
 * acknowledged late; a closed socket's hold is gone.
 */
export interface Hold<T> {
  /** The refused message that the server waits for. */
  item(): T | undefined
  /** Nothing is sent for `delayMs`; without advice for a time that grows with each refusal in a row. */
  pause(item: T | undefined, delayMs: number | undefined): void
  /** Until when nothing is sent, on the monotonic clock; in the past when there is no pause. */
  untilMs(): number
  /** The message was sent again: the server waits no longer. */
  sentAgain(item: T): void
  /** A message arrived. What has been refused is not refused in a row any more. */
  arrived(item: T): void
  end(): void
}

export function createHold<T>(scheduler: Scheduler, unit: () => number): Hold<T> {
  let held: T | undefined
  let untilMs = 0
  let refusals = 0

  function end(): void {
    held = undefined
    untilMs = 0
  }

  return {
    end,
    item: () => held,
    untilMs: () => untilMs,
    pause(item, delayMs) {
      held = item
      refusals++
      untilMs = Math.max(untilMs, scheduler.now() + (delayMs ?? resendMs(refusals, unit())))
    },
    sentAgain(item) {
      if (held === item) held = undefined
    },
    arrived(item) {
      refusals = 0
      if (held === item) end()
    },
  }
}
