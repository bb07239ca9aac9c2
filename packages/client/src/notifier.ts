import { callOut } from './call-out.ts'
import type { Scheduler } from './scheduler.ts'

/** Notifications come at most once in a frame of a 60 Hz screen: browsers hand over a replay as thousands of events. */
const FRAME_MS = 16

/** Tells the subscribers of a room that its snapshot changed: many changes, one call. */
export interface Notifier {
  subscribe(listener: () => void): () => void
  /** Something changed: tell soon, at the end of this turn or 16 ms after the last time. */
  changed(): void
  /** Something changed that must not be painted any more: tell now. */
  changedNow(): void
}

export function createNotifier(scheduler: Scheduler): Notifier {
  const listeners = new Set<() => void>()
  const alarm = scheduler.alarm(tell)
  let pending = false
  let toldMs = Number.NEGATIVE_INFINITY

  function tell(): void {
    if (!pending) return
    pending = false
    alarm.clear()
    toldMs = scheduler.now()
    for (const listener of [...listeners]) callOut(listener)
  }

  return {
    subscribe(listener) {
      // Wrapped, so that the same function subscribed twice is two subscriptions.
      const own = () => listener()
      listeners.add(own)
      return () => {
        listeners.delete(own)
      }
    },
    changed() {
      if (pending) return
      pending = true
      if (scheduler.now() - toldMs < FRAME_MS) alarm.set(toldMs + FRAME_MS)
      else void Promise.resolve().then(tell)
    },
    changedNow() {
      pending = true
      tell()
    },
  }
}
