import type { ErrorCode } from '@whisperrooms/protocol'
import type { FastifyInstance } from 'fastify'
import { refuse } from './refusal.ts'

/** A name or an address, with or without a port. */
const HOST = /^(?:[\w.-]+|\[[\da-f:.]+\])(?::\d{1,5})?$/i

/** Whether a `Host` header names one. */
export const isHost = (header: string | undefined): header is string => header !== undefined && HOST.test(header)

/** Refuses requests that HTTP/1.1 does not know, for want of a host, and bodies that would have to be unpacked. */
export function checkRequest(server: FastifyInstance, refused: (code: ErrorCode) => void): void {
  server.addHook('onRequest', async ({ headers, raw }, reply) => {
    if (headers.host === undefined && raw.httpVersion !== '1.0') {
      refused('bad_frame')
      reply.header('connection', 'close')
      return refuse(reply, 'bad_frame', { message: 'The request names no host.' })
    }
    const encoding = headers['content-encoding']
    if (encoding === undefined || encoding.toLowerCase() === 'identity') return undefined
    refused('bad_frame')
    reply.header('accept-encoding', 'identity')
    return refuse(reply, 'bad_frame', { status: 415, message: 'The body is packed; send it as it is.' })
  })
}
