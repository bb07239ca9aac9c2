import type { Clock, Scheduler } from '../clock.ts'

/** Time that stands still until a test moves it. */
export interface ManualTime {
  readonly clock: Clock
  readonly scheduler: Scheduler
  /** Lets everything happen that can happen without time passing. */
  settle(): Promise<void>
  /** Moves time on, stopping at every timer on the way. */
  advance(ms: number): Promise<void>
}

interface Timer {
  readonly at: number
  readonly task: () => void
}

export function manualTime(startMs = 0): ManualTime {
  let now = startMs
  let soon: (() => void)[] = []
  const timers = new Set<Timer>()

  async function settle(): Promise<void> {
    do {
      const tasks = soon
      soon = []
      for (const task of tasks) task()
      await new Promise(setImmediate)
    } while (soon.length > 0)
  }

  function nextTimer(until: number): Timer | undefined {
    let next: Timer | undefined
    for (const timer of timers) if (timer.at <= until && (next === undefined || timer.at < next.at)) next = timer
    return next
  }

  return {
    clock: () => now,
    scheduler: {
      after(delayMs, task) {
        const timer = { at: now + Math.max(0, delayMs), task }
        timers.add(timer)
        return () => timers.delete(timer)
      },
      soon(task) {
        soon.push(task)
      },
    },
    settle,
    async advance(ms) {
      const until = now + ms
      await settle()
      for (let timer = nextTimer(until); timer !== undefined; timer = nextTimer(until)) {
        timers.delete(timer)
        now = Math.max(now, timer.at)
        timer.task()
        await settle()
      }
      now = until
      await settle()
    },
  }
}
