import type { IncomingMessage } from 'node:http'
import { type ErrorCode, parseRoomId, type RoomId } from '@whisperrooms/protocol'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { wrongTokens } from '../../admin/wrong-tokens.ts'
import type { BotToken, Right } from '../../bots-config.ts'
import type { Clock } from '../../clock.ts'
import { refuse } from '../refusal.ts'
import { bearer, mayEnter } from './bot-identity.ts'

/** A bot, and the room it asks about. */
export interface Visit {
  readonly bot: BotToken
  readonly room: RoomId
}

export type RoomRequest = FastifyRequest<{ Params: { room: string } }>

/** Told of every refusal, to be counted. */
export type Refused = (code: ErrorCode) => void

export interface Door {
  /** Refuses whoever may not, before anything of a body has been read. */
  check(right: Right): (request: RoomRequest, reply: FastifyReply) => Promise<FastifyReply | undefined>
  /** What was found out about a request that was let pass. */
  visitOf(request: RoomRequest): Visit
}

export interface DoorOptions {
  readonly tokens: readonly BotToken[]
  /** The address to which a request is put down. */
  readonly addressOf: (request: IncomingMessage) => string
  /** The gateway's monotonic clock. */
  readonly clock: Clock
  readonly refused: Refused
}

/**
 * Where bots show their tokens. Wrong ones of an address are called wrong up to a number, and then too many; a right one counts at any
 * time, as others may have the same address.
 */
export function door({ tokens, addressOf, clock, refused }: DoorOptions): Door {
  const wrong = wrongTokens(clock)
  const botOf = bearer(tokens)
  const visits = new WeakMap<RoomRequest, Visit>()

  function visit(request: RoomRequest, right: Right): Visit | ErrorCode {
    const bot = botOf(request.headers.authorization)
    if (bot === undefined) return 'bad_token'
    const room = parseRoomId(request.params.room)
    if (room === undefined) return 'bad_room'
    return bot.rights.includes(right) && mayEnter(bot, room) ? { bot, room } : 'not_allowed'
  }

  /** @returns for how long wrong tokens of its address are too many, in milliseconds. */
  function waitMs(request: RoomRequest): number {
    const address = addressOf(request.raw)
    const ms = wrong.waitMs(address)
    if (ms === 0) wrong.wrong(address)
    return ms
  }

  return {
    check: (right) => async (request, reply) => {
      const found = visit(request, right)
      if (typeof found === 'object') {
        visits.set(request, found)
        return undefined
      }
      const retryAfter = found === 'bad_token' ? Math.ceil(waitMs(request)) : 0
      const code = retryAfter > 0 ? 'rate_limited' : found
      refused(code)
      return refuse(reply, code, retryAfter > 0 ? { retryAfter } : {})
    },

    visitOf(request) {
      const found = visits.get(request)
      if (found === undefined) throw new Error('a request was not checked')
      return found
    },
  }
}
