import { setTimeout as delay } from 'node:timers/promises'
import { PATIENCE_MS } from './inbox.ts'

/** How often a condition is looked at, in milliseconds. */
const LOOK_MS = 10

/** Waits until something is so, and fails loudly, with what `missing` says, when it does not become so. */
export async function until(isSo: () => boolean, missing: () => string, patienceMs = PATIENCE_MS): Promise<void> {
  const giveUp = performance.now() + patienceMs
  while (!isSo()) {
    if (performance.now() > giveUp) throw new Error(`within ${patienceMs} ms: ${missing()}`)
    await delay(LOOK_MS)
  }
}
