import type { Listeners } from '../count-listeners.ts'
import type { TestGateway } from '../gateway.ts'

/** What a gateway holds for others. */
export interface Held {
  readonly sockets: number
  readonly timers: number
  readonly listeners: Listeners
}

export async function held(gateway: TestGateway): Promise<Held> {
  const listeners = await gateway.listeners()
  const { sockets, timers } = await gateway.usage()
  return { sockets, timers, listeners }
}

/** @returns of what there is more than before, with both numbers; empty when all of it is gone. */
export function leftBehind(before: Held, after: Held): string[] {
  const counts = (of: Held): Readonly<Record<string, number>> => ({
    sockets: of.sockets,
    timers: of.timers,
    ...Object.fromEntries(Object.entries(of.listeners).map(([name, count]) => [`listeners of ${name}`, count])),
  })
  const had = counts(before)
  return Object.entries(counts(after))
    .filter(([name, count]) => count > (had[name] ?? 0))
    .map(([name, count]) => `${name}: ${had[name] ?? 0} before, now ${count}`)
}
