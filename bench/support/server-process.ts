import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { connect, createServer } from 'node:net'
import { setTimeout as wait } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { commandOf, IDLE_FILE, type ServerName } from '../servers/commands.ts'
import { type Place, startPinned, stop } from './pinned.ts'

const PROBE = fileURLToPath(new URL('./probe.ts', import.meta.url))
const STARTUP_MS = 15_000
/** What a gateway may take to say goodbye to a broker, and to write a profile, in milliseconds. */
const GATEWAY_GRACE_MS = 10_000

export interface ServerProcess {
  readonly name: ServerName
  readonly port: number
  readonly child: ChildProcess
  stop(): Promise<void>
}

type Env = Readonly<Record<string, string>>

const startProbed = (place: Place, file: string, env: Env, nodeFlags: readonly string[] = []): ChildProcess =>
  startPinned(place, ['--expose-gc', ...nodeFlags, '--import', PROBE, file], env)

/** Starts a server on its own core and a free port of 127.0.0.1; resolves when it accepts connections. */
export function startServer(name: ServerName): Promise<ServerProcess> {
  const { file, env } = commandOf(name)
  return start({ name, place: 'server', file, env })
}

/** As `startServer`, where the system likes unless told: a gateway with the limits it comes with, and whatever `env` says besides. */
export function startGateway(
  env: Env,
  nodeFlags: readonly string[] = [],
  place: Place = 'anywhere',
): Promise<ServerProcess> {
  const { file } = commandOf('gateway')
  return start({ name: 'gateway', place, file, env, nodeFlags, graceMs: GATEWAY_GRACE_MS })
}

interface Start {
  readonly name: ServerName
  readonly place: Place
  readonly file: string
  readonly env: Env
  readonly nodeFlags?: readonly string[]
  readonly graceMs?: number
}

async function start({ name, place, file, env, nodeFlags, graceMs }: Start): Promise<ServerProcess> {
  const port = await freePort()
  const child = startProbed(place, file, { ...env, HOST: '127.0.0.1', PORT: String(port) }, nodeFlags)
  await listening(name, child, port)
  return { name, port, child, stop: () => stop(child, graceMs) }
}

/** Starts the process that does nothing, where the system likes. */
export function startIdle(): ChildProcess {
  return startProbed('anywhere', IDLE_FILE, {})
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  if (address === null || typeof address === 'string') throw new Error('no free port')
  return address.port
}

async function listening(name: string, child: ChildProcess, port: number): Promise<void> {
  const giveUp = performance.now() + STARTUP_MS
  while (!(await accepts(port))) {
    if (child.exitCode !== null || child.signalCode !== null) throw new Error(`${name} ended while starting`)
    if (performance.now() > giveUp) throw new Error(`${name} did not listen within ${STARTUP_MS / 1_000} s`)
    await wait(50)
  }
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    socket.once('connect', () => resolve(true))
    socket.once('error', () => resolve(false))
    socket.once('connect', () => socket.destroy())
  })
}
