import type { Clock, Random, Scheduler } from './clock.ts'

/** A client that is to be sent away. */
export interface Drainable {
  /** Whether nothing of the client's is under way, and it has read all there is for it. */
  readonly isServed: boolean
  /** Whether bytes wait for the client to read. */
  readonly hasUnsent: boolean
  pauseIntake(): void
  /** Asks it to come back, to another gateway if there is one. */
  restart(): void
  terminate(): void
}

export interface DrainOptions {
  /** Those that are open; who has gone is not in it any more. */
  readonly connections: ReadonlySet<Drainable>
  /** Whether what is acknowledged ends with this process, so that nothing more must be. */
  readonly isLast: boolean
  /** Milliseconds from now by which everybody is gone. */
  readonly withinMs: number
  readonly clock: Clock
  readonly scheduler: Scheduler
  readonly random: Random
}

/** At least so many are sent away together, and so long is waited until the next, in milliseconds, with up to half as much more or less. */
const BATCH = 100
const BETWEEN_MS = 100
/** How long those of a batch may take to have all that is theirs, and all together before the first, in milliseconds. */
const SERVE_MS = 500
const QUIET_MS = 2_000
/** How much of the time batches may take; the rest is for those who read slowly. */
const SPREAD = 0.6
/** How long a client that has read everything may take to answer the close, in milliseconds. */
const CLOSE_MS = 2_000
const LOOK_MS = 20

/**
 * Sends everybody away, who then come back elsewhere: in batches, so that the next gateway does not get them all at once, and each when
 * it has had what was acknowledged before.
 */
export async function drain(options: DrainOptions): Promise<void> {
  const { connections, isLast, withinMs, clock, scheduler, random } = options
  const endMs = clock() + withinMs
  const wait = (ms: number) => new Promise<void>((resolve) => void scheduler.after(ms, resolve))
  const isDone = (one: Drainable) => one.isServed || !connections.has(one)

  /** Waits for `isSo`, and no longer than until `untilMs`. */
  async function until(isSo: () => boolean, untilMs: number): Promise<void> {
    while (!isSo() && clock() < Math.min(untilMs, endMs)) await wait(LOOK_MS)
  }

  /** @returns those who have not had everything yet. */
  async function sendAway(batch: readonly Drainable[], patienceMs: number): Promise<readonly Drainable[]> {
    for (const one of batch) one.pauseIntake()
    await until(() => batch.every(isDone), clock() + patienceMs)
    const [served, late] = [batch.filter(isDone), batch.filter((one) => !isDone(one))]
    for (const one of served) one.restart()
    return late
  }

  if (isLast) {
    for (const one of connections) one.pauseIntake()
    await until(() => [...connections].every(isDone), clock() + QUIET_MS)
  }
  const late: Drainable[] = []
  const batches = inBatches([...connections], Math.floor((withinMs * SPREAD) / (BETWEEN_MS + SERVE_MS)))
  for (const [i, batch] of batches.entries()) {
    if (i > 0) await wait(BETWEEN_MS * (0.5 + (random(1)[0] ?? 0) / 256))
    late.push(...(await sendAway(batch, isLast ? 0 : SERVE_MS)))
  }
  for (const one of await sendAway(late, endMs - CLOSE_MS - clock())) one.restart()
  const closeMs = clock() + CLOSE_MS
  const mayGo = () => clock() >= closeMs && ![...connections].some((one) => one.hasUnsent)
  await until(() => connections.size === 0 || mayGo(), endMs)
  for (const one of [...connections]) one.terminate()
}

/** @param most how many batches there is time for. */
function inBatches<T>(all: readonly T[], most: number): T[][] {
  const size = Math.max(BATCH, Math.ceil(all.length / Math.max(1, most)))
  return Array.from({ length: Math.ceil(all.length / size) }, (_, i) => all.slice(i * size, (i + 1) * size))
}
