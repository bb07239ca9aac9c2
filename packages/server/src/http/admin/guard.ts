import { hash, timingSafeEqual } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { wrongTokens } from '../../admin/wrong-tokens.ts'
import type { Clock } from '../../clock.ts'
import type { Log } from '../../log.ts'
import { refuse } from '../refusal.ts'

export interface GuardOptions {
  readonly token: string
  /** The address to which a request is put down. */
  readonly addressOf: (request: IncomingMessage) => string
  /** The gateway's monotonic clock. */
  readonly clock: Clock
  readonly log: Log
}

/**
 * Lets through whoever shows the operator's token. Wrong ones are called wrong up to a number, and then too many; the right one counts at
 * any time: behind a proxy strangers may have the operator's address.
 */
export function guard({ token, addressOf, clock, log }: GuardOptions) {
  const expected = hash('sha256', token, 'buffer')
  const wrong = wrongTokens(clock)

  function isRight(header: string | undefined): boolean {
    const given = /^Bearer +(\S+)$/i.exec(header ?? '')?.[1] ?? ''
    return timingSafeEqual(hash('sha256', given, 'buffer'), expected)
  }

  return async (request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply | undefined> => {
    reply.header('cache-control', 'no-store')
    if (isRight(request.headers.authorization)) return undefined
    const address = addressOf(request.raw)
    const waitMs = wrong.waitMs(address)
    if (waitMs > 0) return refuse(reply, 'rate_limited', { retryAfter: Math.ceil(waitMs) })
    if (wrong.wrong(address)) log.warn({}, 'a wrong token of an operator')
    reply.header('www-authenticate', 'Bearer')
    return refuse(reply, 'bad_token')
  }
}
