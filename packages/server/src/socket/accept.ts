import { type IncomingMessage, type Server, STATUS_CODES } from 'node:http'
import { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { ERRORS, LIMITS, parseRoomId } from '@whisperrooms/protocol'
import { type WebSocket, WebSocketServer } from 'ws'
import type { Gateway } from './gateway.ts'
import { Heartbeat } from './heartbeat.ts'
import { Session } from './session.ts'

const PATH = /^\/ws\/([^/?]*)(?:\?.*)?$/

export interface AcceptOptions {
  readonly gateway: Gateway
  /** Origins besides the page's own host that may connect, such as `https://chat.example`. */
  readonly origins: readonly string[]
}

export interface Acceptor {
  /** Takes no more in, and asks everybody to come back elsewhere. */
  close(): void
}

/** Takes WebSockets in at `/ws/{room}`. */
export function accept(server: Server, { gateway, origins }: AcceptOptions): Acceptor {
  const webSockets = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    perMessageDeflate: false,
    maxPayload: LIMITS.frameBytes,
    // Checked by the session, where it is an error with a code and not the end of the connection.
    skipUTF8Validation: true,
  })
  const heartbeat = new Heartbeat(gateway.clock, gateway.scheduler)
  let closed = false

  function upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const room = PATH.exec(request.url ?? '')?.[1]
    if (closed) return refuse(socket, 503, 'server_full')
    if (room === undefined || !(socket instanceof Socket)) return refuse(socket, 404, 'no_such_room')
    if (!isOriginAllowed(request.headers.origin, request.headers.host, origins))
      return refuse(socket, 403, 'not_allowed')
    socket.setNoDelay(true)
    socket.setTimeout(0)
    webSockets.handleUpgrade(request, socket, head, (ws) => begin(ws, socket, room))
  }

  function begin(ws: WebSocket, socket: Socket, room: string): void {
    const id = parseRoomId(room)
    if (id === undefined) {
      ws.on('error', () => ws.terminate())
      ws.send(JSON.stringify({ type: 'error', code: 'bad_room', message: ERRORS.bad_room.message }))
      ws.close(ERRORS.bad_room.close, 'bad_room')
      return
    }
    const session = new Session(gateway, ws, socket, id)
    heartbeat.add(session.connection)
    ws.on('message', (data, isBinary) => session.connection.intake.take({ data: data as Buffer, isBinary }))
    ws.on('close', () => {
      heartbeat.delete(session.connection)
      session.ended()
    })
    // The library has begun to close it, as for a frame that is too big.
    ws.on('error', () => {
      session.ended()
      session.connection.stop()
    })
  }

  server.on('upgrade', upgrade)
  return {
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

function refuse(socket: Duplex, status: 403 | 404 | 503, code: 'not_allowed' | 'no_such_room' | 'server_full'): void {
  const body = JSON.stringify({ error: { code, message: ERRORS[code].message } })
  socket.on('error', () => socket.destroy())
  // Not left to the other end, which may never close its own.
  socket.once('finish', () => socket.destroy())
  socket.end(
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\nconnection: close\r\ncontent-type: application/json\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  )
}
