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

/** A request that has not been answered to its end. */
interface Exchange {
  readonly request: IncomingMessage
  readonly response: ServerResponse
}

/**
 * Answers connections on which there is no request that can be read, and closes them. One on which an answer is due or under way is
 * only closed: what is said would be taken for it. A request that broke off before its end is due none.
 */
export function clientErrors(refused: (code: ErrorCode) => void): ClientErrors {
  const exchanges = new WeakMap<Duplex, Set<Exchange>>()
  const isDue = ({ request, response }: Exchange): boolean => request.complete || response.headersSent

  return {
    watch(server) {
      server.on('request', (request: IncomingMessage, response: ServerResponse) => {
        const { socket } = request
        const exchange = { request, response }
        const open = exchanges.get(socket) ?? new Set()
        exchanges.set(socket, open)
        open.add(exchange)
        response.once('close', () => open.delete(exchange))
      })
    },

    answer(error, socket) {
      const reason = 'code' in error ? String(error.code) : ''
      const isAnswerDue = [...(exchanges.get(socket) ?? [])].some(isDue)
      if (reason === 'ECONNRESET' || !socket.writable || isAnswerDue) return void socket.destroy()
      const { status, code, message } = BY_ERROR[reason] ?? MALFORMED
      refused(code)
      // What had begun to be answered may still be written to it.
      socket.on('error', () => undefined)
      socket.once('finish', () => socket.destroy())
      socket.end(rawAnswer(status, code, { message }))
    },
  }
}
