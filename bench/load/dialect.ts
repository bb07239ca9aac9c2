import { randomBytes } from 'node:crypto'
import type { ServerName } from '../servers/commands.ts'

/** What differs between the servers for a client that only counts. Everything else is the same code for all. */
export interface Dialect {
  path(room: string): string
  /** The text that enters a room, sent after the handshake. */
  enter(name: string, ttlSeconds: number): string | undefined
  /** What the server's bytes contain once the member is in; `undefined`: the handshake was enough. */
  readonly entered: string | undefined
  send(key: string, text: string): string
  /** What to say, if anything, to a short text frame. */
  answer(text: Buffer): string | undefined
  /** Sent by every member in long scenarios, every 15 s. */
  readonly heartbeat: string | undefined
}

const plain = (key: string, text: string): string => JSON.stringify({ type: 'send', key, text })

const gateway: Dialect = {
  path: (room) => `/ws/${room}`,
  enter: (name, ttl) =>
    JSON.stringify({
      type: 'join',
      protocol: 1,
      name,
      session: randomBytes(18).toString('base64url'),
      create: { ttl },
    }),
  entered: '"type":"live"',
  send: plain,
  answer: () => undefined,
  heartbeat: JSON.stringify({ type: 'ping' }),
}

const wsLoop: Dialect = {
  path: (room) => `/ws/${room}`,
  enter: () => undefined,
  entered: undefined,
  send: plain,
  answer: () => undefined,
  heartbeat: undefined,
}

/** Engine.IO 4 and Socket.IO 5 by hand: `0` open, `40` connect, `42` event, `2` ping, `3` pong. */
const socketIo: Dialect = {
  path: (room) => `/socket.io/?EIO=4&transport=websocket&room=${room}`,
  enter: () => '40',
  entered: '40{"sid"',
  send: (key, text) => `42${JSON.stringify(['send', { key, text }])}`,
  answer: (text) => (text.length === 1 && text[0] === 0x32 ? '3' : undefined),
  heartbeat: undefined,
}

export const DIALECTS: Readonly<Record<ServerName, Dialect>> = { gateway, ws: wsLoop, 'socket.io': socketIo }
