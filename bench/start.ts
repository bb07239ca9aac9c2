/** How soon the gateway listens, and how soon a second `npm start` has printed its link. Run with `npm run bench:start`. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { table, verdict } from './support/markdown.ts'
import { median } from './support/statistics.ts'

const ROOT = join(import.meta.dirname, '..')
const RUNS = 7
const LISTENING_MS = 500
const SECOND_START_MS = 2_000

/** Milliseconds from `spawn` until `ready` says so; the process is ended afterwards. */
async function time(start: () => ChildProcess, ready: (child: ChildProcess) => Promise<unknown>): Promise<number> {
  const began = performance.now()
  const child = start()
  const exited = once(child, 'exit')
  await Promise.race([
    ready(child),
    exited.then(() => {
      throw new Error('it ended before it was ready')
    }),
  ])
  const took = performance.now() - began
  child.kill('SIGTERM')
  await exited
  return took
}

const gateway = (env: Readonly<Record<string, string>>) => () =>
  spawn(process.execPath, ['packages/server/src/main.ts'], {
    cwd: ROOT,
    env: { ...process.env, PORT: '0', ...env },
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  })

const npmStart = () =>
  spawn(process.execPath, ['scripts/start.mjs'], {
    cwd: ROOT,
    env: { ...process.env, PORT: '0' },
    stdio: ['ignore', 'pipe', 'inherit'],
  })

async function link(child: ChildProcess): Promise<void> {
  for await (const chunk of child.stdout ?? []) if (/ at http/.test(String(chunk))) return
}

async function repeat(start: () => ChildProcess, ready: (child: ChildProcess) => Promise<unknown>): Promise<number[]> {
  await time(start, ready)
  const times: number[] = []
  for (let i = 0; i < RUNS; i++) times.push(await time(start, ready))
  return times
}

const cold = await repeat(gateway({ NODE_DISABLE_COMPILE_CACHE: '1' }), (child) => once(child, 'message'))
const warm = await repeat(npmStart, link)
const row = (what: string, times: readonly number[]): string[] => [
  what,
  ...[Math.min(...times), median(times), Math.max(...times)].map((ms) => `${ms.toFixed(0)} ms`),
]
console.log(
  table(
    ['from spawn until', 'fastest', 'median', 'slowest'],
    [row('the gateway listens, nothing cached', cold), row('a second start has printed the link', warm)],
  ),
)
console.log(
  verdict(median(cold) <= LISTENING_MS, `listening within ${LISTENING_MS} ms`, `${median(cold).toFixed(0)} ms`),
)
console.log(
  verdict(
    median(warm) <= SECOND_START_MS,
    `second start within ${SECOND_START_MS} ms`,
    `${median(warm).toFixed(0)} ms`,
  ),
)
