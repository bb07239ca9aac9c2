import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { pathToFileURL } from 'node:url'
import { NO_LIMITS_ENVIRONMENT } from '../../packages/server/src/limits/limits-config.ts'
import type { Listeners } from './count-listeners.ts'
import { PATIENCE_MS, within } from './inbox.ts'
import type { Usage } from './report-usage.ts'

const MAIN = join(import.meta.dirname, '../../packages/server/src/main.ts')
const REPORT_USAGE = join(import.meta.dirname, 'report-usage.ts')

export interface TestGateway {
  /** Such as `http://localhost:40123`. */
  readonly url: string
  readonly port: number
  readonly pid: number
  /** Everything the process wrote, on standard output and standard error. */
  output(): string
  /** What the process has used so far. */
  usage(): Promise<Usage>
  /** Who listens to what in the process. */
  listeners(): Promise<Listeners>
  /** Asks it to end, as a deploy does. @returns its exit code. */
  stop(): Promise<number | null>
  /** Ends it without asking. */
  kill(): Promise<void>
}

/** How the gateway says that its port is another's. */
const PORT_IN_USE = 'PORT is in use'

type Environment = Readonly<Record<string, string>>

/** Times to live in seconds, so that tests can see things vanish; and no limits, since all tests are one address. */
const SHORT_LIVED: Environment = { ...NO_LIMITS_ENVIRONMENT, PORT: '0', WR_TTL_MIN: '1', WR_LOG_LEVEL: 'debug' }

interface Spawned {
  readonly child: ChildProcess
  readonly output: () => string
  readonly exited: Promise<number | null>
}

function spawnGateway(environment: Environment): Spawned {
  const child = spawn(process.execPath, ['--import', pathToFileURL(REPORT_USAGE).href, MAIN], {
    env: { PATH: process.env['PATH'], ...environment },
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  })
  const chunks: Buffer[] = []
  child.stdout?.on('data', (chunk: Buffer) => chunks.push(chunk))
  child.stderr?.on('data', (chunk: Buffer) => chunks.push(chunk))
  const exited = once(child, 'close').then(() => child.exitCode)
  return { child, output: () => Buffer.concat(chunks).toString(), exited }
}

/**
 * Starts a real gateway in a process of its own, and waits until it listens. A port that was asked for may still be another's for a
 * moment: then it tries again.
 */
export async function startGateway(environment: Environment = {}): Promise<TestGateway> {
  const giveUp = performance.now() + PATIENCE_MS
  for (;;) {
    const spawned = spawnGateway({ ...SHORT_LIVED, ...environment })
    try {
      return asTestGateway(spawned, await listening(spawned))
    } catch (error) {
      spawned.child.kill('SIGKILL')
      if (!spawned.output().includes(PORT_IN_USE) || performance.now() > giveUp) throw error
    }
    await delay(100)
  }
}

/** @returns where the gateway listens. */
async function listening({ child, output, exited }: Spawned): Promise<string> {
  const died = exited.then((code): never => {
    throw new Error(`the gateway ended with ${code} instead of listening:\n${output()}`)
  })
  died.catch(() => undefined)
  const [message] = await within(Promise.race([once(child, 'message'), died]), 'listening')
  return urlOf(message)
}

function asTestGateway({ child, output, exited }: Spawned, url: string): TestGateway {
  return {
    url,
    port: Number(new URL(url).port),
    pid: child.pid ?? 0,
    output,
    usage: async () => usageOf(await ask(child, 'usage?')),
    listeners: async () => listenersOf(await ask(child, 'listeners?')),
    stop() {
      child.kill('SIGTERM')
      return within(exited, 'the end of the gateway')
    },
    async kill() {
      child.kill('SIGKILL')
      await within(exited, 'the end of the gateway')
    },
  }
}

async function ask(child: ChildProcess, question: 'usage?' | 'listeners?'): Promise<unknown> {
  const answer = once(child, 'message')
  child.send(question)
  const [message] = await within(answer, 'what the gateway says of itself')
  return message
}

/** Starts a gateway that should not come up. @returns what it said before it ended. */
export async function failToStart(environment: Environment): Promise<{ code: number | null; output: string }> {
  const { child, output, exited } = spawnGateway({ ...SHORT_LIVED, ...environment })
  try {
    return { code: await within(exited, 'the end of a gateway that cannot start'), output: output() }
  } finally {
    child.kill('SIGKILL')
  }
}

function urlOf(message: unknown): string {
  if (typeof message === 'object' && message !== null && 'url' in message && typeof message.url === 'string')
    return message.url
  throw new Error('the gateway sent something else than where it listens')
}

function usageOf(message: unknown): Usage {
  if (typeof message === 'object' && message !== null && 'usage' in message) return message.usage as Usage
  throw new Error('the gateway sent something else than what it has used')
}

function listenersOf(message: unknown): Listeners {
  if (typeof message === 'object' && message !== null && 'listeners' in message) return message.listeners as Listeners
  throw new Error('the gateway sent something else than who listens in it')
}
