import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'
import type { ErrorCode } from '@whisperrooms/protocol'
import { rawAnswer } from './raw-answer.ts'

interface Unreadable {
  readonly status: 400 | 408 | 413 | 431
  readonly code: ErrorCode
  readonly message: string
}

const MALFORMED: Unreadable = { status: 400, code: 'bad_frame', message: 'This is not a request of HTTP.' }

/** What is answered, by the code of Node's error. */
const BY_ERROR: Readonly<Record<string, Unreadable>> = {
  ERR_HTTP_REQUEST_TIMEOUT: { status: 408, code: 'bad_frame', message: 'The request did not arrive in time.' },
  HPE_HEADER_OVERFLOW: { status: 431, code: 'too_long', message: 'The head of the request is longer than the limit.' },
  HPE_CHUNK_EXTENSIONS_OVERFLOW: { status: 413, code: 'too_long', message: 'The body is longer than the limit.' },
}

export interface ClientErrors {
  /** Learns where answers are under way. */
  watch(server: Server): void
  answer(error: Error, socket: Duplex): void
}

/**
 * Answers connections on which there is no request that can be read, and closes them. One on which an answer is under way is only
 * closed: two answers in one could not be told apart.
 */
export function clientErrors(refused: (code: ErrorCode) => void): ClientErrors {
  /** Answers under way, by connection. */
  const answers = new WeakMap<Duplex, number>()

  return {
    watch(server) {
      server.on('request', ({ socket }: IncomingMessage, response: ServerResponse) => {
        answers.set(socket, (answers.get(socket) ?? 0) + 1)
        response.once('close', () => answers.set(socket, (answers.get(socket) ?? 1) - 1))
      })
    },

    answer(error, socket) {
      const reason = 'code' in error ? String(error.code) : ''
      if (reason === 'ECONNRESET' || !socket.writable || (answers.get(socket) ?? 0) > 0) return void socket.destroy()
      const { status, code, message } = BY_ERROR[reason] ?? MALFORMED
      refused(code)
      socket.once('finish', () => socket.destroy())
      socket.end(rawAnswer(status, code, { message }))
    },
  }
}
