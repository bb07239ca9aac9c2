import type { FastifyReply } from 'fastify'

/** @param message what the request should have been; it repeats nothing of it. */
export function answerBadRequest(reply: FastifyReply, message: string): FastifyReply {
  return reply.code(400).send({ error: { code: 'bad_request', message } })
}
