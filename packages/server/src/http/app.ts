import { existsSync } from 'node:fs'
import fastifyStatic from '@fastify/static'
import { type AnnouncedLimits, type ErrorCode, parseRoomId, type RoomId } from '@whisperrooms/protocol'
import { type FastifyInstance, type FastifyReply, type FastifyRequest, fastify } from 'fastify'
import { describeError, type Log } from '../log.ts'
import { type AdminOptions, addAdmin } from './admin/add-admin.ts'
import { shutOut } from './admin/shut-out.ts'
import { allowedMethods } from './allowed-methods.ts'
import { addBots, type BotsOptions } from './bots/add-bots.ts'
import { checkRequest, isHost } from './check-request.ts'
import { clientErrors } from './client-errors.ts'
import { addDocs } from './docs/add-docs.ts'
import { DOOR, MOST_HEADERS } from './door.ts'
import { addHealth } from './health.ts'
import { addMetrics, type MetricsRoute } from './metrics.ts'
import type { Proof } from './proof.ts'
import { refuse } from './refusal.ts'
import { addRobots, refuseIndexing } from './robots.ts'
import { SECURITY_HEADERS } from './security-headers.ts'

export interface AppOptions {
  readonly log: Log
  /** The folder of the built page; without one the gateway serves sockets and HTTP alone. */
  readonly page: string
  readonly isReady: () => boolean
  /** What `GET /api/limits` answers: what a page must know before anybody has entered a room. */
  readonly limits: AnnouncedLimits
  readonly shardOf: (room: RoomId) => number
  /** What `GET /api/proof` answers. */
  readonly proof: () => Promise<Proof>
  readonly bots: BotsOptions
  /** The folder of the documents that `/docs` shows. */
  readonly docs: string
  /** `undefined`: `/metrics` is not served here. */
  readonly metrics: MetricsRoute | undefined
  readonly admin: AdminOptions
  /** Where abuse can be reported, for the page to say: a `mailto:` or `https:` URL. */
  readonly contact: string | undefined
}

const BAD_REQUEST = { error: { code: 'bad_request' } }
const WRONG_METHOD = 'That method is not offered here.'

/** Everything that is not a WebSocket: the page, health, and where a room is. */
export async function app(options: AppOptions): Promise<FastifyInstance> {
  const { refused } = options.bots
  const unreadable = clientErrors(refused)
  // Fastify's own log would hold URLs.
  const server = fastify({
    logger: false,
    forceCloseConnections: true,
    ...DOOR,
    frameworkErrors: refuseBadUrl,
    clientErrorHandler: unreadable.answer,
  })
  server.server.maxHeadersCount = MOST_HEADERS
  unreadable.watch(server.server)
  const methodsOf = allowedMethods(server)
  server.addHook('onSend', async (_request, reply) => {
    reply.headers(SECURITY_HEADERS)
  })
  shutOut(server, options.admin)
  checkRequest(server, refused)
  refuseIndexing(server)
  const hasPage = existsSync(options.page)
  server.setNotFoundHandler((request, reply) => {
    const methods = methodsOf(request.url)
    if (methods.length > 0 && !methods.includes(request.method)) {
      refused('not_supported')
      return refuse(reply.header('allow', methods.join(', ')), 'not_supported', { status: 405, message: WRONG_METHOD })
    }
    reply.code(404)
    // A person who mistyped an address gets the page, which says so.
    const isPerson =
      hasPage && !request.url.startsWith('/api/') && request.headers.accept?.includes('text/html') === true
    return isPerson ? reply.sendFile('index.html') : reply.send({ error: { code: 'not_found' } })
  })
  server.setErrorHandler((error, _request, reply) => {
    const status = error instanceof Error && 'statusCode' in error ? Number(error.statusCode) : 500
    if (!(status >= 400 && status < 500)) options.log.error(describeError(error), 'request failed')
    return status >= 400 && status < 500
      ? reply.code(status).send(BAD_REQUEST)
      : reply.code(500).send({ error: { code: 'internal' } })
  })
  addHealth(server, options.isReady)
  if (options.metrics !== undefined) addMetrics(server, options.metrics)
  addWhere(server, options.shardOf, refused)
  server.get('/api/proof', async (_request, reply) =>
    reply.header('cache-control', 'no-store').send(await options.proof()),
  )
  const { limits, contact } = options
  const publicFacts = contact === undefined ? limits : { ...limits, contact }
  server.get('/api/limits', (_request, reply) => reply.header('cache-control', 'no-cache').send(publicFacts))
  addRobots(server)
  await addAdmin(server, options.log, options.admin)
  await addBots(server, options.log, options.bots)
  addDocs(server, options.docs)
  if (hasPage) await addPage(server, options.page)
  return server
}

/** A URL that cannot be read. The framework's own answer would quote it. */
function refuseBadUrl(_error: Error, _request: FastifyRequest, reply: FastifyReply): void {
  void reply.code(400).send(BAD_REQUEST)
}

function addWhere(server: FastifyInstance, shardOf: AppOptions['shardOf'], refused: (code: ErrorCode) => void): void {
  server.get<{ Params: { room: string } }>('/api/rooms/:room/where', async (request, reply) => {
    const room = parseRoomId(request.params.room)
    const { host } = request.headers
    if (room === undefined || !isHost(host)) {
      const code = room === undefined ? 'bad_room' : 'bad_frame'
      refused(code)
      return refuse(reply, code, room === undefined ? {} : { message: 'The host that the request names is none.' })
    }
    // A proxy that speaks TLS says so; whoever makes it up only misleads themselves.
    const scheme = request.headers['x-forwarded-proto'] === 'https' ? 'wss' : 'ws'
    return reply.header('cache-control', 'no-store').send({ url: `${scheme}://${host}/ws/${room}?s=${shardOf(room)}` })
  })
}

async function addPage(server: FastifyInstance, root: string): Promise<void> {
  await server.register(fastifyStatic, {
    root,
    wildcard: false,
    preCompressed: true,
    setHeaders(reply, path) {
      // The names of built assets hold their hashes; everything else may change with the next deploy.
      const isHashed = path.includes('/assets/')
      reply.header('cache-control', isHashed ? 'public, max-age=31536000, immutable' : 'no-cache')
    },
  })
  server.get('/r/:room', (_request, reply) => reply.sendFile('index.html'))
  server.get('/r/:room/', (_request, reply) => reply.sendFile('index.html'))
}
