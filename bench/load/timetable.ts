import type { Sender } from './sender.ts'

/**
 * Open loop by the clock: message n is due somewhere in the nth of equal intervals, whatever the servers do, and carries
 * the time at which it was due. What waits, here or there, is counted as waiting from then on: nothing is left out
 * because the load was held up as well.
 *
 * @param rate messages a second, by `senders` in turn.
 * @param sent told of every message: when it was due and when it was written, on this process's clock.
 * @returns a function that ends it.
 */
export function keepTimetable(
  senders: readonly Sender[],
  rate: number,
  sent: (dueMs: number, writtenMs: number) => void,
): () => void {
  const intervalMs = 1_000 / rate
  const beganMs = performance.now()
  let count = 0
  const nextDue = () => beganMs + (count + Math.random()) * intervalMs
  let dueMs = nextDue()
  const timer = setInterval(() => {
    const now = performance.now()
    while (dueMs <= now) {
      senders[count % senders.length]?.send(1, dueMs)
      sent(dueMs, now)
      count++
      dueMs = nextDue()
    }
  }, 1)
  return () => clearInterval(timer)
}
