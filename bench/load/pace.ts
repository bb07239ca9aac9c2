import type { Sender } from './sender.ts'

/**
 * Open loop: `rate` messages a second by `senders` in turn, whatever the server does. Intervals are random (even over
 * 0–2 times the mean), so that two paced streams never run in step.
 *
 * @returns a function that ends it.
 */
export function pace(senders: readonly Sender[], rate: number): () => void {
  const meanMs = 1_000 / rate
  let due = performance.now() + Math.random() * 2 * meanMs
  let turn = 0
  const timer = setInterval(() => {
    const now = performance.now()
    while (due <= now) {
      senders[turn++ % senders.length]?.send(1)
      due += Math.random() * 2 * meanMs
    }
  }, 1)
  return () => clearInterval(timer)
}
