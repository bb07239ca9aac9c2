import type { IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'
import type { ErrorCode } from '@whisperrooms/protocol'
import type { FastifyInstance } from 'fastify'
import type { Blocklist } from '../../admin/blocklist.ts'
import { refuse } from '../refusal.ts'

export interface ShutOutOptions {
  readonly blocklist: Blocklist
  /** The address to which a request is put down. */
  readonly addressOf: (request: IncomingMessage) => string
  /** Counts what is refused. */
  readonly refused?: ((code: ErrorCode) => void) | undefined
}

/** Answered to everybody: the operator must be able to lift a block of their own address, and probes have no address that means anything. */
const OPEN = /^\/(?:api\/admin\/|(?:livez|readyz|metrics)(?:\?|$))/

/** Answers blocked addresses with 403, and ends what is still being answered to an address when it is blocked. */
export function shutOut(server: FastifyInstance, { blocklist, addressOf, refused }: ShutOutOptions): void {
  /** By connection: of answers that wait behind others nobody is told when it ends. */
  const answering = new Map<Socket, string>()

  server.addHook('onRequest', async (request, reply) => {
    if (OPEN.test(request.url)) return
    const address = addressOf(request.raw)
    const blockedMs = blocklist.blockedMs(address)
    if (blockedMs > 0) {
      refused?.('not_allowed')
      return refuse(reply, 'not_allowed', { retryAfter: Math.ceil(blockedMs) })
    }
    const { socket } = request.raw
    if (!answering.has(socket)) socket.once('close', () => answering.delete(socket))
    answering.set(socket, address)
  })
  // A proxy may use for somebody's WebSocket what somebody else's request came on.
  server.server.on('upgrade', ({ socket }: IncomingMessage) => answering.delete(socket))
  blocklist.onBlocked(() => {
    for (const [socket, address] of answering) if (blocklist.isBlocked(address)) socket.destroy()
  })
}
