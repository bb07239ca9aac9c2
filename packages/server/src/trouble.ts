import type { Clock } from './clock.ts'
import { describeError, type Log } from './log.ts'

/** The same thing is logged once in this time, in milliseconds: what is tried again five times a second must not fill the log. */
const QUIET_MS = 10_000

/** Logs what went wrong and is lived with: each thing now and then, with how often it happened meanwhile. */
export function troubleLog(log: Log, clock: Clock): (what: string, error?: unknown) => void {
  const told = new Map<string, { atMs: number; times: number }>()
  return (what, error) => {
    const last = told.get(what)
    if (last !== undefined && clock() - last.atMs < QUIET_MS) {
      last.times++
      return
    }
    told.set(what, { atMs: clock(), times: 0 })
    const times = last === undefined || last.times === 0 ? {} : { timesBefore: last.times }
    log.warn({ ...(error === undefined ? {} : describeError(error)), ...times }, what)
  }
}
