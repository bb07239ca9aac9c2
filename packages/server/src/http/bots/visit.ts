import { type ErrorCode, parseRoomId, type RoomId } from '@whisperrooms/protocol'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { BotToken, Right } from '../../bots-config.ts'
import { bearer, mayEnter } from './bot-identity.ts'
import { refuse } from './refusal.ts'

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

/** Where bots show their tokens. */
export function door(tokens: readonly BotToken[], refused: Refused): Door {
  const botOf = bearer(tokens)
  const visits = new WeakMap<RoomRequest, Visit>()

  function visit(request: RoomRequest, right: Right): Visit | ErrorCode {
    const bot = botOf(request.headers.authorization)
    if (bot === undefined) return 'bad_token'
    const room = parseRoomId(request.params.room)
    if (room === undefined) return 'bad_room'
    return bot.rights.includes(right) && mayEnter(bot, room) ? { bot, room } : 'not_allowed'
  }

  return {
    check: (right) => async (request, reply) => {
      const found = visit(request, right)
      if (typeof found === 'object') {
        visits.set(request, found)
        return undefined
      }
      refused(found)
      return refuse(reply, found)
    },

    visitOf(request) {
      const found = visits.get(request)
      if (found === undefined) throw new Error('a request was not checked')
      return found
    },
  }
}
