import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { NO_LIMITS_ENVIRONMENT } from '../../packages/server/src/limits/limits-config.ts'

export const SERVER_NAMES = ['gateway', 'ws', 'socket.io'] as const
export type ServerName = (typeof SERVER_NAMES)[number]

export interface ServerCommand {
  /** The file Node runs. `PORT` and `HOST` are added to `env`. */
  readonly file: string
  readonly env: Readonly<Record<string, string>>
}

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url))

/** An older gateway, named by `BENCH_GATEWAY`, may not know these. */
const UNLIMITED = process.env['BENCH_GATEWAY'] === undefined ? NO_LIMITS_ENVIRONMENT : {}

/**
 * The one place that says how each server is started.
 *
 * The gateway's limits are widened so that the benchmark measures the fan-out and not the limits: rooms here live for
 * seconds and take tens of thousands of messages a second. `BENCH_GATEWAY` names another entry file to run instead.
 */
const COMMANDS: Readonly<Record<ServerName, ServerCommand>> = {
  gateway: {
    file: process.env['BENCH_GATEWAY'] ?? here('../../packages/server/src/main.ts'),
    env: { ...UNLIMITED, WR_TTL_MIN: '1', WR_ROOM_BYTES: String(1024 ** 3) },
  },
  ws: { file: here('./ws-loop.ts'), env: {} },
  'socket.io': { file: here('./socket-io.ts'), env: {} },
}

export const commandOf = (name: ServerName): ServerCommand => COMMANDS[name]

export const isThere = (name: ServerName): boolean => existsSync(COMMANDS[name].file)

/** The process whose event-loop delay is subtracted as the machine's own. */
export const IDLE_FILE = here('./idle.ts')
