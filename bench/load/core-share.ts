import { readFile } from 'node:fs/promises'
import { askFor } from './coordinator.ts'

/** The server's core when it is pinned. */
const SERVER_CORE = 'cpu0'
/** `/proc/stat` counts in hundredths of a second. */
const TICK_MS = 10

export interface CoreShare {
  /** Of the time between two readings, 0–1: the server's own processor time. */
  readonly server: number
  /** Everybody else's on the server's core, the hypervisor's included: figures with much of it are noise. */
  readonly others: number
}

/** Starts a measurement; the returned function ends it. */
export async function watchCore(): Promise<() => Promise<CoreShare>> {
  const from = await reading()
  return async () => {
    const to = await reading()
    const elapsed = to.atMs - from.atMs
    const server = (to.cpuMs - from.cpuMs) / elapsed
    return { server, others: Math.max(0, (to.busyMs - from.busyMs) / elapsed - server) }
  }
}

/** The server's clock and processor time, and how long its core was busy, as nearly at one moment as can be. */
async function reading() {
  const { cpuMs = Number.NaN, atMs = Number.NaN } = await askFor('server', 'cpu')
  const stat = await readFile('/proc/stat', 'latin1').catch(() => '')
  const line = stat.split('\n').find((text) => text.startsWith(`${SERVER_CORE} `)) ?? ''
  const [, user, nice, system, , , irq, softIrq, steal] = line.split(' ').map(Number)
  const busy = (user ?? Number.NaN) + (nice ?? 0) + (system ?? 0) + (irq ?? 0) + (softIrq ?? 0) + (steal ?? 0)
  return { cpuMs, atMs, busyMs: busy * TICK_MS }
}
