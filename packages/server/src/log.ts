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

/** What names of errors and their codes look like: whatever else stands there may be a text. */
const WORD = /^\w{1,64}$/

/** An error without its message, which may quote what it failed on. */
export function describeError(error: unknown): Record<string, unknown> {
  if (!(error instanceof Error)) return { error: typeof error }
  const code = 'code' in error ? error.code : undefined
  return { error: wordOf(error.name) ?? 'Error', code: wordOf(code), at: placesOf(error) }
}

const wordOf = (value: unknown): string | undefined =>
  typeof value === 'string' && WORD.test(value) ? value : undefined

/** Where it was thrown. The stack begins with the message, and lines of that may look like places. */
function placesOf({ stack, message }: Error): string[] | undefined {
  if (typeof stack !== 'string' || typeof message !== 'string') return undefined
  const begins = stack.indexOf(message)
  if (begins === -1) return undefined
  const lines = stack.slice(begins + message.length).split('\n')
  return lines
    .filter((line) => /^\s+at /.test(line))
    .slice(0, 8)
    .map((line) => line.trim())
}
