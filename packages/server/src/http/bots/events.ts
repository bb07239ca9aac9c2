import type { FastifyInstance, FastifyReply } from 'fastify'
import type { BotToken } from '../../bots-config.ts'
import type { ClientLimits } from '../../limits/limiter.ts'
import type { Gateway } from '../../socket/gateway.ts'
import { SECURITY_HEADERS } from '../security-headers.ts'
import { admitBot, type BotAdmission } from './admit-bot.ts'
import { EventStream } from './event-stream.ts'
import { refuse } from './refusal.ts'
import type { Door, Refused, Visit } from './visit.ts'

/** The most streams at a time, of all bots together. */
const MAX_STREAMS = 10_000
/** The most of one bot. */
const MAX_STREAMS_OF_BOT = 1_000

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
  { gateway, door, limitsOf, isClosing, refused }: EventsOptions,
): void {
  const streams = new Set<EventStream>()
  /** Streams of each bot, those included that are being opened. */
  const places = new Map<BotToken, number>()
  let taken = 0

  /** @returns what gives the place back; `undefined` when there is none. */
  function takePlace(bot: BotToken): (() => void) | undefined {
    const own = places.get(bot) ?? 0
    if (taken >= MAX_STREAMS || own >= MAX_STREAMS_OF_BOT) return undefined
    taken++
    places.set(bot, own + 1)
    return () => {
      taken--
      const left = (places.get(bot) ?? 1) - 1
      if (left > 0) places.set(bot, left)
      else places.delete(bot)
    }
  }

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
      const giveBack = isClosing() ? undefined : takePlace(visit.bot)
      const admission =
        giveBack === undefined ? ({ ok: false, code: 'server_full' } as const) : await admitted(visit, lastEventId)
      if (!admission.ok) {
        giveBack?.()
        refused(admission.code)
        return refuse(reply, admission.code, { retryAfter: admission.retryAfter })
      }
      const { socket } = reply.raw
      // Behind another request on the same connection, or gone already.
      if (socket === null || socket.destroyed) {
        giveBack?.()
        return refuse(reply, 'bad_frame')
      }
      writeHead(reply)
      const stream = new EventStream({ gateway, socket, ...admission })
      streams.add(stream)
      socket.once('close', () => {
        streams.delete(stream)
        giveBack?.()
      })
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
  raw.socket?.setKeepAlive(true, 15_000)
}
