import { callOut } from './call-out.ts'
import type { Environment } from './environment.ts'

/** Something to be rung once, at a time that may be moved. */
export interface Alarm {
  /** Rings once at or after `atMs` of the clock, at infinity never; replaces the time set before. */
  set(atMs: number): void
  clear(): void
}

/** The alarms of all rooms of an environment on one timer. */
export interface Scheduler {
  now(): number
  alarm(ring: () => void): Alarm
  /** Rings what is due. Called on every event that runs the program, because the timers of hidden pages are late. */
  runDue(): void
}

const schedulers = new WeakMap<Environment, Scheduler>()

/** @returns the one scheduler of `environment`. */
export function schedulerOf(environment: Environment): Scheduler {
  let scheduler = schedulers.get(environment)
  if (scheduler === undefined) {
    scheduler = createScheduler(environment)
    schedulers.set(environment, scheduler)
  }
  return scheduler
}

interface Entry {
  atMs: number
  readonly ring: () => void
}

function createScheduler({ clock, setTimer }: Environment): Scheduler {
  // A few per room: looking through all of them is cheaper than keeping them sorted.
  const set = new Set<Entry>()
  let timer: { readonly atMs: number; readonly cancel: () => void } | undefined
  let running = false

  function arm(): void {
    if (running) return
    let soonestMs = Number.POSITIVE_INFINITY
    for (const { atMs } of set) if (atMs < soonestMs) soonestMs = atMs
    // A timer that rings too early is kept: it costs one ring in vain. With nothing to do there is none, so that Node can exit.
    if (timer !== undefined && timer.atMs <= soonestMs && set.size > 0) return
    timer?.cancel()
    timer = undefined
    if (set.size === 0) return
    const cancel = setTimer(
      () => {
        timer = undefined
        ring()
      },
      Math.max(0, Math.ceil(soonestMs - clock.now())),
    )
    timer = { atMs: soonestMs, cancel }
  }

  function ring(): void {
    running = true
    const now = clock.now()
    const due = [...set].filter(({ atMs }) => atMs <= now).sort((a, b) => a.atMs - b.atMs)
    for (const entry of due) {
      if (entry.atMs > now) continue
      set.delete(entry)
      entry.atMs = Number.POSITIVE_INFINITY
      callOut(entry.ring)
    }
    running = false
    arm()
  }

  return {
    now: () => clock.now(),
    runDue() {
      // The timer stands at or before the soonest alarm.
      if (!running && timer !== undefined && timer.atMs <= clock.now()) ring()
    },
    alarm(ring) {
      const entry: Entry = { atMs: Number.POSITIVE_INFINITY, ring }
      return {
        set(atMs) {
          if (entry.atMs === atMs) return
          entry.atMs = atMs
          if (atMs === Number.POSITIVE_INFINITY) set.delete(entry)
          else set.add(entry)
          arm()
        },
        clear() {
          this.set(Number.POSITIVE_INFINITY)
        },
      }
    },
  }
}
