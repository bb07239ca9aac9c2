import type { IncomingMessage, Server } from 'node:http'
import { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { ERRORS, type ErrorCode, LIMITS, parseRoomId } from '@whisperrooms/protocol'
import { type WebSocket, WebSocketServer } from 'ws'
import type { Blocklist } from '../admin/blocklist.ts'
import { type RawAnswerContext, rawAnswer } from '../http/raw-answer.ts'
import { retryAfterOf } from '../limits/retry-after.ts'
import type { Connection } from './connection.ts'
import type { Gateway } from './gateway.ts'
import { Heartbeat } from './heartbeat.ts'
import { Session } from './session.ts'

const WEB_SOCKETS = {
  noServer: true,
  clientTracking: false,
  perMessageDeflate: false,
  maxPayload: LIMITS.frameBytes,
  /** Fragments of one message, and reads from the socket that one frame may need; beyond either it is closed with 1008. */
  maxFragments: 256,
  maxBufferedChunks: 4_096,
  /** How long the other end may take to close its own, in milliseconds; then the socket is destroyed. */
  closeTimeout: 5_000,
  // Checked by the session, where it is an error with a code and not the end of the connection.
  skipUTF8Validation: true,
}

const PATH = /^\/ws\/([^/?]*)(?:\?.*)?$/

export interface AcceptOptions {
  readonly gateway: Gateway
  /** Origins besides the page's own host that may connect, such as `https://chat.example`. */
  readonly origins: readonly string[]
  /** Whom the operator does not let in. */
  readonly blocklist: Pick<Blocklist, 'isBlocked' | 'blockedMs' | 'onBlocked'>
  /** The address to which a request is put down. */
  readonly addressOf: (request: IncomingMessage) => string
}

export interface Acceptor {
  /** Sockets that are open, and those that are closing. */
  readonly open: ReadonlySet<Connection>
  /** Takes no more in. */
  refuse(): void
  /** Takes no more in, and asks everybody to come back elsewhere. */
  close(): void
}

/** Takes WebSockets in at `/ws/{room}`. */
export function accept(server: Server, { gateway, origins, blocklist, addressOf }: AcceptOptions): Acceptor {
  const webSockets = new WebSocketServer(WEB_SOCKETS)
  const heartbeat = new Heartbeat(gateway.clock, gateway.scheduler)
  const cameFrom = new WeakMap<Connection, string>()
  let closed = false

  function upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const room = PATH.exec(request.url ?? '')?.[1]
    const refuse = (status: RefusalStatus, code: ErrorCode, retryAfter?: number): void => {
      gateway.refused?.(code)
      answer(socket, status, code, { retryAfter })
    }
    if (closed) return refuse(503, 'server_full', retryAfterOf('server_full'))
    const address = addressOf(request)
    const blockedMs = blocklist.blockedMs(address)
    if (blockedMs > 0) return refuse(403, 'not_allowed', Math.ceil(blockedMs))
    if (room === undefined || !(socket instanceof Socket)) return refuse(404, 'no_such_room')
    if (!isOriginAllowed(request.headers.origin, request.headers.host, origins)) return refuse(403, 'not_allowed')
    const refusal = gateway.limiter.upgrade(address)
    if (refusal !== undefined)
      return refuse(refusal.code === 'rate_limited' ? 429 : 503, refusal.code, refusal.retryAfter)
    socket.setNoDelay(true)
    socket.setTimeout(0)
    webSockets.handleUpgrade(request, socket, head, (ws) => begin(ws, socket, room, address))
  }

  /** What the library does not take for a handshake. */
  function refuseHandshake(_error: Error, socket: Duplex, { method }: IncomingMessage): void {
    const isGet = method === 'GET'
    const code = isGet ? 'bad_frame' : 'not_supported'
    gateway.refused?.(code)
    const headers: Record<string, string> = isGet ? { 'sec-websocket-version': '13' } : { allow: 'GET' }
    answer(socket, isGet ? 400 : 405, code, { message: 'This is not the handshake of a WebSocket.', headers })
  }

  function begin(ws: WebSocket, socket: Socket, room: string, address: string): void {
    const limits = gateway.limiter.open(address)
    ws.on('close', () => limits.end())
    const id = parseRoomId(room)
    if (id === undefined) {
      gateway.refused?.('bad_room')
      ws.on('error', () => ws.terminate())
      ws.send(JSON.stringify({ type: 'error', code: 'bad_room', message: ERRORS.bad_room.message }))
      ws.close(ERRORS.bad_room.close, 'bad_room')
      return
    }
    const session = new Session(gateway, ws, socket, limits, id)
    heartbeat.add(session.connection)
    cameFrom.set(session.connection, address)
    ws.on('message', (data, isBinary) => session.connection.intake.take({ data: data as Buffer, isBinary }))
    ws.on('ping', () => session.connection.controlled())
    ws.on('pong', () => session.connection.controlled())
    ws.on('close', () => {
      heartbeat.delete(session.connection)
      session.ended()
      session.connection.gone()
    })
    // The library has begun to close it, as for a frame that is too big.
    ws.on('error', () => {
      session.ended()
      session.connection.stop()
    })
  }

  webSockets.on('wsClientError', refuseHandshake)
  server.on('upgrade', upgrade)
  blocklist.onBlocked(() => {
    for (const connection of heartbeat)
      if (blocklist.isBlocked(cameFrom.get(connection) ?? '')) connection.refuse('not_allowed')
  })
  return {
    open: heartbeat.connections,
    refuse() {
      closed = true
    },
    close() {
      closed = true
      heartbeat.stop()
      for (const connection of heartbeat) connection.restart()
    },
  }
}

/** A browser's origin must be the page's own host or on the list; whatever is no browser sends none. */
export function isOriginAllowed(
  origin: string | undefined,
  host: string | undefined,
  allowed: readonly string[],
): boolean {
  if (origin === undefined) return true
  if (allowed.includes(origin)) return true
  return URL.canParse(origin) && new URL(origin).host === host
}

type RefusalStatus = 400 | 403 | 404 | 405 | 429 | 503

function answer(socket: Duplex, status: RefusalStatus, code: ErrorCode, context: RawAnswerContext): void {
  socket.on('error', () => socket.destroy())
  // Not left to the other end, which may never close its own.
  socket.once('finish', () => socket.destroy())
  socket.end(rawAnswer(status, code, context))
}
