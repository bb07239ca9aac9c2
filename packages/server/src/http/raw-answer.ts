import { STATUS_CODES } from 'node:http'
import { ERRORS, type ErrorCode } from '@whisperrooms/protocol'
import { SECURITY_HEADERS } from './security-headers.ts'

export interface RawAnswerContext {
  /** Milliseconds. */
  readonly retryAfter?: number | undefined
  /** Where another than the code's own fits better; it repeats nothing of what was asked. */
  readonly message?: string
  readonly headers?: Readonly<Record<string, string>>
}

/** A refusal as bytes, for sockets that have no response object: the connection is to be closed behind it. */
export function rawAnswer(status: number, code: ErrorCode, context: RawAnswerContext = {}): string {
  const { retryAfter, message = ERRORS[code].message, headers } = context
  const body = JSON.stringify({ error: { code, message, retryAfter } })
  const lines = Object.entries({
    connection: 'close',
    ...(retryAfter === undefined ? {} : { 'retry-after': Math.ceil(retryAfter / 1000) }),
    ...SECURITY_HEADERS,
    ...headers,
    'cache-control': 'no-store',
    'content-type': 'application/json; charset=utf-8',
    'content-length': Buffer.byteLength(body),
  }).map(([name, value]) => `${name}: ${value}\r\n`)
  return `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n${lines.join('')}\r\n${body}`
}
