import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { within } from './inbox.ts'

const MAIN = join(import.meta.dirname, '../../packages/server/src/main.ts')

export interface TestGateway {
  /** Such as `http://localhost:40123`. */
  readonly url: string
  readonly port: number
  /** Everything the process wrote, on standard output and standard error. */
  output(): string
  /** The most memory the process has held so far, in bytes. */
  peakMemory(): Promise<number>
  /** Asks it to end, as a deploy does. @returns its exit code. */
  stop(): Promise<number | null>
  /** Ends it without asking. */
  kill(): Promise<void>
}

type Environment = Readonly<Record<string, string>>

/** Times to live in seconds, so that tests can see things vanish. */
const SHORT_LIVED: Environment = { PORT: '0', WR_TTL_MIN: '1', WR_LOG_LEVEL: 'debug' }

interface Spawned {
  readonly child: ChildProcess
  readonly output: () => string
  readonly exited: Promise<number | null>
}

function spawnGateway(environment: Environment): Spawned {
  const child = spawn(process.execPath, [MAIN], {
    env: { PATH: process.env['PATH'], ...environment },
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  })
  const chunks: Buffer[] = []
  child.stdout?.on('data', (chunk: Buffer) => chunks.push(chunk))
  child.stderr?.on('data', (chunk: Buffer) => chunks.push(chunk))
  const exited = once(child, 'close').then(() => child.exitCode)
  return { child, output: () => Buffer.concat(chunks).toString(), exited }
}

/** Starts a real gateway in a process of its own, and waits until it listens. */
export async function startGateway(environment: Environment = {}): Promise<TestGateway> {
  const { child, output, exited } = spawnGateway({ ...SHORT_LIVED, ...environment })
  const died = exited.then((code): never => {
    throw new Error(`the gateway ended with ${code} instead of listening:\n${output()}`)
  })
  const [message] = await within(Promise.race([once(child, 'message'), died]), 'listening')
  died.catch(() => undefined)
  const url = urlOf(message)

  return {
    url,
    port: Number(new URL(url).port),
    output,
    async peakMemory() {
      const status = await readFile(`/proc/${child.pid}/status`, 'utf8')
      return Number(/^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1]) * 1024
    },
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
