import { pino } from 'pino'
import type { LogLevel } from './config.ts'

/** What happened, in fields: never message text, names, tokens, addresses or URLs. */
export interface Log {
  info(fields: Readonly<Record<string, unknown>>, event: string): void
  warn(fields: Readonly<Record<string, unknown>>, event: string): void
  error(fields: Readonly<Record<string, unknown>>, event: string): void
}

/** One JSON line per event, on standard output. */
export function jsonLog(level: LogLevel): Log {
  return pino({ level, base: null, timestamp: () => `,"time":"${new Date().toISOString()}"` })
}

/** An error without its message, which may quote what it failed on. */
export function describeError(error: unknown): Record<string, unknown> {
  if (!(error instanceof Error)) return { error: typeof error }
  const code = 'code' in error && typeof error.code === 'string' ? error.code : undefined
  const at = error.stack?.split('\n').filter((line) => /^\s+at /.test(line))
  return { error: error.name, code, at: at?.slice(0, 8).map((line) => line.trim()) }
}
