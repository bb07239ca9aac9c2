/** Milliseconds that never go back. What they count from is the clock's own affair. */
export type Clock = () => number

/** What a calendar says, for times that others have set by theirs. It may be set, and go back. */
export type WallClock = () => Date

export interface Scheduler {
  /**
   * Runs `task` once, at least `delayMs` from now.
   *
   * @returns the function that cancels it.
   */
  after(delayMs: number, task: () => void): () => void
  /** Runs `task` once this turn of the event loop has taken in what was waiting. */
  soon(task: () => void): void
}

export const systemScheduler: Scheduler = {
  after(delayMs, task) {
    const timer = setTimeout(task, delayMs)
    return () => clearTimeout(timer)
  },
  soon(task) {
    setImmediate(task)
  },
}

/** `count` random bytes. */
export type Random = (count: number) => Buffer
