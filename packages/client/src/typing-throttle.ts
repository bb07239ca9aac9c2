import type { Scheduler } from './scheduler.ts'

/** Says at most once per interval that one is typing, or no longer; the last word is always said. */
export interface TypingThrottle {
  typing(on: boolean): void
  /** A message says by itself that its author stopped; and a lost connection has nobody to tell. */
  reset(): void
}

/** @param intervalMs asked each time, because the server announces it */
export function createTypingThrottle(
  scheduler: Scheduler,
  intervalMs: () => number,
  say: (on: boolean) => void,
): TypingThrottle {
  let said = false
  let wanted = false
  let saidMs = Number.NEGATIVE_INFINITY
  const alarm = scheduler.alarm(sayNow)

  function sayNow(): void {
    said = wanted
    saidMs = scheduler.now()
    say(wanted)
  }

  return {
    typing(on) {
      wanted = on
      const nextMs = saidMs + intervalMs()
      if (!on && !said) alarm.clear()
      else if (scheduler.now() >= nextMs) sayNow()
      else if (on !== said) alarm.set(nextMs)
      else alarm.clear()
    },
    reset() {
      said = false
      wanted = false
      alarm.clear()
    },
  }
}
