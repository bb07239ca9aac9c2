import { ERRORS, type ErrorCode } from '@whisperrooms/protocol'
import type { FastifyReply } from 'fastify'

const STATUS: Readonly<Partial<Record<ErrorCode, number>>> = {
  bad_room: 400,
  bad_token: 401,
  not_allowed: 403,
  no_such_room: 404,
  room_ended: 410,
  rate_limited: 429,
  bus_unavailable: 503,
}

/** @param retryAfterMs when to try again, where that is known. */
export function answerRefusal(reply: FastifyReply, code: ErrorCode, retryAfterMs?: number): FastifyReply {
  const { message } = ERRORS[code]
  reply.code(STATUS[code] ?? 500)
  if (retryAfterMs === undefined) return reply.send({ error: { code, message } })
  const retryAfter = Math.ceil(retryAfterMs)
  return reply.header('retry-after', Math.ceil(retryAfter / 1000)).send({ error: { code, message, retryAfter } })
}

/** @param message what the request should have been; it repeats nothing of it. */
export function answerBadRequest(reply: FastifyReply, message: string): FastifyReply {
  return reply.code(400).send({ error: { code: 'bad_request', message } })
}
