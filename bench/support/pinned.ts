import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { availableParallelism } from 'node:os'

/** Where a process runs. `background` gives way at once to everything else on its core. */
export type Place = 'server' | 'load' | 'background' | 'anywhere'

const runs = (command: string, ...args: string[]): boolean => {
  try {
    execFileSync(command, args, { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}

/** Whether servers and load get a core each: needs `taskset` and two cores. */
export const canPin: boolean = availableParallelism() > 1 && runs('taskset', '-c', '0,1', 'true')
const canIdle = runs('chrt', '--idle', '0', 'true')

function prefixOf(place: Place): string[] {
  const lower = place !== 'background' ? [] : canIdle ? ['chrt', '--idle', '0'] : ['nice', '-n', '19']
  if (!canPin || place === 'anywhere') return lower
  if (place === 'background') return ['taskset', '-c', availableParallelism() > 2 ? '2' : '1', ...lower]
  return ['taskset', '-c', place === 'server' ? '0' : '1']
}

const children = new Set<ChildProcess>()
process.on('exit', () => {
  for (const child of children) child.kill('SIGKILL')
})

/**
 * Runs Node on `args` in a place, with an IPC channel. What it prints on standard output is dropped, its errors are
 * shown. It never outlives this process. (Node raises its own limit of open files to the hard one.)
 */
export function startPinned(
  place: Place,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
): ChildProcess {
  const [command, ...rest] = [...prefixOf(place), process.execPath, ...args]
  const child = spawn(command ?? process.execPath, rest, {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    // JSON has no NaN, which is what a figure is that could not be taken.
    serialization: 'advanced',
  })
  children.add(child)
  child.once('exit', () => children.delete(child))
  return child
}

/** Ends a process this benchmark started: asks, and after `graceMs` insists. */
export async function stop(child: ChildProcess, graceMs = 2_000): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  child.kill('SIGTERM')
  const insist = setTimeout(() => child.kill('SIGKILL'), graceMs)
  await ended
  clearTimeout(insist)
}
