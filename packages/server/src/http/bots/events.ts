import type { IncomingMessage } from 'node:http'
import type { FastifyInstance, FastifyReply } from 'fastify'
import type { BotToken } from '../../bots-config.ts'
import type { ClientLimits } from '../../limits/limiter.ts'
import type { Gateway } from '../../socket/gateway.ts'
import { refuse } from '../refusal.ts'
import { SECURITY_HEADERS } from '../security-headers.ts'
import { admitBot, type BotAdmission } from './admit-bot.ts'
import { EventStream } from './event-stream.ts'
import { type Place, streamPlaces } from './stream-places.ts'
import type { Door, Refused, Visit } from './visit.ts'

const NO_PLACE: Place = { ok: false, code: 'server_full' }

const HEADERS = {
  ...SECURITY_HEADERS,
  'content-type': 'text/event-stream',
  'cache-control': 'no-store, no-transform',
  // What buffers answers must not buffer this one.
  'x-accel-buffering': 'no',
} as const

export interface EventsOptions {
  readonly gateway: Gateway
  readonly door: Door
  readonly limitsOf: (bot: BotToken) => ClientLimits
  /** The address to which a request is put down. */
  readonly addressOf: (request: IncomingMessage) => string
  /** Whether the gateway is on its way down. */
  readonly isClosing: () => boolean
  readonly refused: Refused
}

interface EventsRoute {
  Params: { room: string }
  Querystring: { lastEventId?: unknown }
}

/** `GET /api/rooms/{room}/events`: the frames of the log as Server-Sent Events, from the place of `Last-Event-ID` on. */
export function addEvents(
  server: FastifyInstance,
  { gateway, door, limitsOf, addressOf, isClosing, refused }: EventsOptions,
): void {
  const streams = new Set<EventStream>()
  const takePlace = streamPlaces(gateway.limiter)

  async function admitted(visit: Visit, lastEventId: string | undefined): Promise<BotAdmission> {
    const admission = await admitBot(gateway, visit, lastEventId, undefined)
    if (!admission.ok) return admission
    const full = limitsOf(visit.bot).enter(gateway.presence, admission.admitted)
    if (full !== undefined) return { ok: false, ...full }
    return admission.admitted.room.isClosed ? { ok: false, code: 'room_ended' } : admission
  }

  server.addHook('preClose', async () => {
    for (const stream of streams) stream.close()
  })

  server.get<EventsRoute>(
    '/api/rooms/:room/events',
    { onRequest: door.check('read'), exposeHeadRoute: false },
    async (request, reply) => {
      const shown = request.headers['last-event-id'] ?? request.query.lastEventId
      const lastEventId = typeof shown === 'string' ? shown : undefined
      const visit = door.visitOf(request)
      const place: Place = isClosing() ? NO_PLACE : takePlace(visit.bot, addressOf(request.raw))
      const giveBack = place.ok ? place.giveBack : () => undefined
      const given = (error: Error): never => {
        giveBack()
        throw error
      }
      const admission = place.ok ? await admitted(visit, lastEventId).catch(given) : place
      if (!admission.ok) {
        giveBack()
        refused(admission.code)
        return refuse(reply, admission.code, { retryAfter: admission.retryAfter })
      }
      const { socket } = reply.raw
      // Behind another request on the same connection, or gone already.
      if (socket === null || socket.destroyed) {
        giveBack()
        return refuse(reply, 'bad_frame')
      }
      socket.once('close', giveBack)
      writeHead(reply)
      const stream = new EventStream({ gateway, socket, isClosing, ...admission })
      streams.add(stream)
      socket.once('close', () => streams.delete(stream))
      return reply
    },
  )
}

/** The answer ends with the connection: events go to the socket as they are, without a chunk's header around each. */
function writeHead(reply: FastifyReply): void {
  reply.hijack()
  const { raw } = reply
  raw.useChunkedEncodingByDefault = false
  raw.writeHead(200, HEADERS)
  raw.flushHeaders()
  raw.socket?.setTimeout(0)
  raw.socket?.setNoDelay(true)
}
