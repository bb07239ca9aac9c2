import { ERRORS, type ErrorCode, type Key, mayRetry } from '@whisperrooms/protocol'
import type { FastifyReply } from 'fastify'
import { retryAfterOf } from '../limits/retry-after.ts'

/** The status of a refusal; codes that are not here are 503 when it may be tried again, and 400 otherwise. */
export const STATUS: Readonly<Partial<Record<ErrorCode, number>>> = {
  bad_token: 401,
  expired_token: 401,
  not_allowed: 403,
  room_locked: 403,
  wrong_proof: 403,
  muted: 403,
  kicked: 403,
  no_such_room: 404,
  unknown_target: 404,
  too_late: 409,
  room_ended: 410,
  too_long: 413,
  rejected: 422,
  rate_limited: 429,
  stage_failed: 500,
  internal: 500,
}

export interface RefusalContext {
  /** Of the message that was refused. */
  readonly key?: Key | undefined
  /** Milliseconds. */
  readonly retryAfter?: number | undefined
  /** Where others than the code's own fit better; a message repeats nothing of what was asked. */
  readonly status?: number
  readonly message?: string | undefined
}

export function statusOf(code: ErrorCode): number {
  return STATUS[code] ?? (mayRetry(code) ? 503 : 400)
}

/** Answers with a code of the catalogue, and repeats nothing of what was asked but the key. */
export function refuse(reply: FastifyReply, code: ErrorCode, context: RefusalContext = {}): FastifyReply {
  const { key, status = statusOf(code), retryAfter = retryAfterOf(code), message = ERRORS[code].message } = context
  if (status === 401) reply.header('www-authenticate', 'Bearer')
  if (retryAfter !== undefined) reply.header('retry-after', Math.ceil(retryAfter / 1000))
  return reply.code(status).header('cache-control', 'no-store').send({ error: { code, message, key, retryAfter } })
}
