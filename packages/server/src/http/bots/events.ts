import type { FastifyInstance, FastifyReply } from 'fastify'
import type { Gateway } from '../../socket/gateway.ts'
import { SECURITY_HEADERS } from '../security-headers.ts'
import { admitBot } from './admit-bot.ts'
import { EventStream } from './event-stream.ts'
import { refuse } from './refusal.ts'
import type { Door, Refused } from './visit.ts'

/** The most streams at a time, of all bots together. */
const MAX_STREAMS = 10_000

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
  readonly refused: Refused
}

interface EventsRoute {
  Params: { room: string }
  Querystring: { lastEventId?: unknown }
}

/** `GET /api/rooms/{room}/events`: the frames of the log as Server-Sent Events, from the place of `Last-Event-ID` on. */
export function addEvents(server: FastifyInstance, { gateway, door, refused }: EventsOptions): void {
  const streams = new Set<EventStream>()

  server.addHook('preClose', async () => {
    for (const stream of streams) stream.close()
  })

  server.get<EventsRoute>(
    '/api/rooms/:room/events',
    { onRequest: door.check('read'), exposeHeadRoute: false },
    async (request, reply) => {
      const shown = request.headers['last-event-id'] ?? request.query.lastEventId
      const lastEventId = typeof shown === 'string' ? shown : undefined
      const admission =
        streams.size < MAX_STREAMS
          ? await admitBot(gateway, door.visitOf(request), lastEventId, undefined)
          : ({ ok: false, code: 'server_full' } as const)
      if (!admission.ok) {
        refused(admission.code)
        return refuse(reply, admission.code)
      }
      const { socket } = reply.raw
      // Behind another request on the same connection, or gone already.
      if (socket === null || socket.destroyed) return refuse(reply, 'bad_frame')
      writeHead(reply)
      const stream = new EventStream({ gateway, socket, ...admission })
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
  raw.socket?.setKeepAlive(true, 15_000)
}
