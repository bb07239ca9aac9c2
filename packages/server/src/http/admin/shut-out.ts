import type { IncomingMessage } from 'node:http'
import type { FastifyInstance, FastifyReply } from 'fastify'
import type { Blocklist } from '../../admin/blocklist.ts'

export interface ShutOutOptions {
  readonly blocklist: Blocklist
  /** The address to which a request is put down. */
  readonly addressOf: (request: IncomingMessage) => string
}

/** Answered to everybody: the operator must be able to lift a block of their own address, and probes have no address that means anything. */
const OPEN = /^\/(?:api\/admin\/|livez|readyz|metrics)/

/** Answers blocked addresses with 403, and ends what is still being answered to an address when it is blocked. */
export function shutOut(server: FastifyInstance, { blocklist, addressOf }: ShutOutOptions): void {
  const answering = new Map<FastifyReply, string>()

  server.addHook('onRequest', async (request, reply) => {
    if (OPEN.test(request.url)) return
    const address = addressOf(request.raw)
    if (blocklist.isBlocked(address)) return reply.code(403).send({ error: { code: 'not_allowed' } })
    answering.set(reply, address)
    reply.raw.once('close', () => answering.delete(reply))
  })
  blocklist.onBlocked(() => {
    for (const [reply, address] of answering) if (blocklist.isBlocked(address)) reply.raw.destroy()
  })
}
