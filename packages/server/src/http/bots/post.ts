import { type Key, LIMITS } from '@whisperrooms/protocol'
import { POST_SCHEMA, type Post } from '@whisperrooms/protocol/schemas'
import type { FastifyInstance } from 'fastify'
import type { BotToken } from '../../bots-config.ts'
import type { ClientLimits } from '../../limits/limiter.ts'
import type { Gateway } from '../../socket/gateway.ts'
import { refuse } from '../refusal.ts'
import { admitBot } from './admit-bot.ts'
import { type Answer, OneMessage } from './one-message.ts'
import type { Door, Refused, RoomRequest, Visit } from './visit.ts'

/** How long the log may take to answer, in milliseconds: with the time it takes to be let in, three seconds. */
const ANSWER_MS = 1_500
const NO_POST = 'The body is not a message to post.'

export interface PostOptions {
  readonly gateway: Gateway
  readonly door: Door
  readonly limitsOf: (bot: BotToken) => ClientLimits
  /** Whether the gateway is on its way down: what it takes in now may be gone with it. */
  readonly isClosing: () => boolean
  readonly refused: Refused
}

/** `POST /api/rooms/{room}/messages`: says something, and answers once it is in the log, or with why it is not. */
export function addPost(server: FastifyInstance, { gateway, door, limitsOf, isClosing, refused }: PostOptions): void {
  const underWay = new Map<BotToken, number>()

  async function post(visit: Visit, request: RoomRequest, key: Key, body: Post): Promise<Answer> {
    if (isClosing()) return { ok: false, code: 'bus_unavailable' }
    const { bot } = visit
    const count = underWay.get(bot) ?? 0
    if (count >= LIMITS.inFlightFrames) return { ok: false, code: 'rate_limited' }
    underWay.set(bot, count + 1)
    try {
      const lastEventId = request.headers['last-event-id']
      const mayCreate = bot.rights.includes('create')
      const makes = mayCreate ? limitsOf(bot) : undefined
      const admission = await admitBot(gateway, visit, lastEventId?.toString(), makes)
      if (!admission.ok) return admission
      const { room, member } = admission.admitted
      const tooMuch = limitsOf(bot).message({ room: room.key, member }, Buffer.byteLength(body.text), true)
      if (tooMuch !== undefined) return { ok: false, ...tooMuch }
      return await withinReason(say(new OneMessage(admission.admitted), key, body))
    } finally {
      const rest = (underWay.get(bot) ?? 1) - 1
      if (rest > 0) underWay.set(bot, rest)
      else underWay.delete(bot)
    }
  }

  /** An answer in any case: under its key the message may be sent again, whatever has become of it. */
  function withinReason(answer: Promise<Answer>): Promise<Answer> {
    const { promise: tooLate, resolve } = Promise.withResolvers<Answer>()
    const cancel = gateway.scheduler.after(ANSWER_MS, () => resolve({ ok: false, code: 'bus_unavailable' }))
    return Promise.race([answer, tooLate]).finally(cancel)
  }

  function say(sender: OneMessage, key: Key, body: Post): Promise<Answer> {
    gateway.ingress.submit({
      sender,
      frame: { ...body, type: 'send', key },
      key,
      hold: sender.hold,
      bytes: body.text.length,
      since: gateway.clock(),
      state: 'open',
      record: undefined,
    })
    return sender.answer
  }

  server.post<{ Params: { room: string } }>(
    '/api/rooms/:room/messages',
    { onRequest: door.check('post') },
    async (request, reply) => {
      const visit = door.visitOf(request)
      const body = POST_SCHEMA.safeParse(request.body)
      if (!body.success) {
        refused('bad_frame')
        return refuse(reply, 'bad_frame', { message: NO_POST })
      }
      const key = body.data.key ?? (gateway.random(12).toString('base64url') as Key)
      const answer = await post(visit, request, key, body.data)
      if (answer.ok) return reply.header('cache-control', 'no-store').send(answer.ack)
      refused(answer.code)
      return refuse(reply, answer.code, { key, retryAfter: answer.retryAfter })
    },
  )
}
