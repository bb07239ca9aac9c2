import { readdirSync, readFileSync } from 'node:fs'

/** `/proc/…/stat` counts in hundredths of a second, `/proc/…/schedstat` in nanoseconds. */
const TICK_MS = 10
const NANOS_PER_MS = 1e6

/** What a process or a thread has had of the processor so far, in milliseconds. Without Linux's `/proc`: `NaN`. */
export interface Used {
  readonly cpuMs: number
  /** Ready to run, and waiting for a core that others had. */
  readonly waitedMs: number
}

/** What some processes, by name, and the whole machine have had so far. */
export interface ProcessorReading {
  readonly atMs: number
  readonly named: ReadonlyMap<string, Used>
  readonly machineMs: number
}

/** What was had between two readings, each in cores. */
export interface Shares {
  /** All threads of a process together. */
  readonly named: Readonly<Record<string, { readonly cpu: number; readonly waited: number }>>
  /** Everybody on the machine who was not named. */
  readonly others: number
}

export function readProcessor(pids: Readonly<Record<string, number>>): ProcessorReading {
  const named = new Map(Object.entries(pids).map(([name, pid]) => [name, usedBy(pid)]))
  return { atMs: performance.now(), named, machineMs: machineMs() }
}

export function sharesBetween(from: ProcessorReading, to: ProcessorReading): Shares {
  const elapsedMs = to.atMs - from.atMs
  const named: Record<string, { cpu: number; waited: number }> = {}
  let sum = 0
  for (const [name, now] of to.named) {
    const before = from.named.get(name) ?? { cpuMs: Number.NaN, waitedMs: Number.NaN }
    const cpu = (now.cpuMs - before.cpuMs) / elapsedMs
    named[name] = { cpu, waited: (now.waitedMs - before.waitedMs) / elapsedMs }
    sum += cpu
  }
  return { named, others: Math.max(0, (to.machineMs - from.machineMs) / elapsedMs - sum) }
}

/** What the main thread of a process has had. */
export const mainThreadOf = (pid: number): Used => usedIn(`/proc/${pid}/task/${pid}/schedstat`)

/** @returns the id of a process that this one has started, that still runs, and whose command is `name`; `NaN` without one. */
export function childNamed(name: string): number {
  const children = contentOf(`/proc/${process.pid}/task/${process.pid}/children`).trimEnd().split(' ')
  return Number(children.find((pid) => contentOf(`/proc/${pid}/comm`).trimEnd() === name) ?? Number.NaN)
}

/** Starts watching what others use of the machine; the returned function ends it, and tells it in cores. All children must have ended. */
export function watchOthers(): () => number {
  const reading = () => ({ atMs: performance.now(), othersMs: machineMs() - ticksOf(process.pid, 4) })
  const from = reading()
  return () => {
    const to = reading()
    return Math.max(0, (to.othersMs - from.othersMs) / (to.atMs - from.atMs))
  }
}

function usedBy(pid: number): Used {
  const threads = entriesOf(`/proc/${pid}/task`).map((thread) => usedIn(`/proc/${pid}/task/${thread}/schedstat`))
  return { cpuMs: ticksOf(pid, 2), waitedMs: threads.reduce((sum, { waitedMs }) => sum + waitedMs, 0) }
}

function usedIn(schedstat: string): Used {
  const [cpu, waited] = contentOf(schedstat).split(' ').map(Number)
  return { cpuMs: (cpu ?? Number.NaN) / NANOS_PER_MS, waitedMs: (waited ?? Number.NaN) / NANOS_PER_MS }
}

/** User time, system time, and the same two of its children that have ended, in milliseconds: the first `count` of them. */
function ticksOf(pid: number, count: number): number {
  // The command's name, in brackets, may hold anything.
  const fields = contentOf(`/proc/${pid}/stat`).split(') ').at(-1)?.split(' ') ?? []
  let sum = 0
  for (let i = 0; i < count; i++) sum += Number(fields[11 + i] ?? Number.NaN)
  return sum * TICK_MS
}

function machineMs(): number {
  const [, user, nice, system, , , irq, softIrq, steal] = (contentOf('/proc/stat').split('\n')[0] ?? '')
    .split(/ +/)
    .map(Number)
  return ((user ?? Number.NaN) + (nice ?? 0) + (system ?? 0) + (irq ?? 0) + (softIrq ?? 0) + (steal ?? 0)) * TICK_MS
}

const contentOf = (path: string): string => orElse('', () => readFileSync(path, 'latin1'))
const entriesOf = (path: string): string[] => orElse([], () => readdirSync(path))

function orElse<T>(absent: T, read: () => T): T {
  try {
    return read()
  } catch {
    return absent
  }
}
