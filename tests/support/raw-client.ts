import type { ServerFrame, ServerFrameType } from '@whisperrooms/protocol'
import { WebSocket } from 'ws'
import { Inbox, within } from './inbox.ts'

export type FrameOf<T extends ServerFrameType> = Extract<ServerFrame, { type: T }>

export interface Closed {
  readonly code: number
  readonly reason: string
}

export interface RawClient {
  /** Every frame that came, in order. */
  readonly frames: readonly ServerFrame[]
  /** How the connection ended. */
  readonly closed: Promise<Closed>
  /** An object as a JSON frame, a string as a text frame, bytes as a binary frame. */
  send(frame: object | string | Buffer): void
  /** Bytes as a text frame, whatever they are. */
  sendTextBytes(bytes: Buffer): void
  /** The next frame of a type that nobody has taken yet, and that fits. */
  next<T extends ServerFrameType>(
    type: T,
    fits?: (frame: FrameOf<T>) => boolean,
    patienceMs?: number,
  ): Promise<FrameOf<T>>
  /** The next ack or error that names this key. */
  answer(key: string): Promise<FrameOf<'ack'> | FrameOf<'error'>>
  /** Ends the connection as a client that closes its tab does. */
  close(): void
  /** Loses the connection. */
  drop(): void
}

/** The gateway answered the handshake with something else than a WebSocket. */
export class HandshakeRefused extends Error {
  readonly status: number
  readonly body: string

  constructor(status: number, body: string) {
    super(`the handshake was answered with ${status}`)
    this.status = status
    this.body = body
  }
}

export interface ConnectOptions {
  readonly origin?: string
  readonly headers?: Readonly<Record<string, string>>
}

/**
 * Opens a WebSocket to a room, and nothing more: what is said on it is up to the test.
 *
 * @throws HandshakeRefused
 */
export async function connect(url: string, room: string, options: ConnectOptions = {}): Promise<RawClient> {
  const { origin, headers } = options
  const ws = new WebSocket(`${url.replace(/^http/, 'ws')}/ws/${room}`, {
    ...(origin === undefined ? {} : { origin }),
    ...(headers === undefined ? {} : { headers }),
  })
  const inbox = new Inbox<ServerFrame>((frame) => JSON.stringify(frame).slice(0, 200))
  const closed = Promise.withResolvers<Closed>()
  const opened = Promise.withResolvers<void>()
  ws.on('message', (data) => inbox.add(readFrame(data.toString())))
  ws.on('close', (code, reason) => {
    closed.resolve({ code, reason: reason.toString() })
    inbox.end(`the connection was closed with ${code} ${reason.toString()}`)
  })
  ws.on('open', () => opened.resolve())
  ws.on('error', (error) => opened.reject(error))
  ws.on('unexpected-response', (_request, response) => {
    const body: Buffer[] = []
    response.on('data', (chunk: Buffer) => body.push(chunk))
    response.on('end', () => {
      opened.reject(new HandshakeRefused(response.statusCode ?? 0, Buffer.concat(body).toString()))
      ws.terminate()
    })
  })
  await within(opened.promise, 'the handshake')

  return {
    frames: inbox.all,
    closed: closed.promise,
    send: (frame) => ws.send(typeof frame === 'string' || Buffer.isBuffer(frame) ? frame : JSON.stringify(frame)),
    sendTextBytes: (bytes) => ws.send(bytes, { binary: false }),
    next: (type, fits, patienceMs) => inbox.take(`"${type}"`, isType(type, fits), patienceMs),
    answer: (key) => inbox.take(`an answer to ${key}`, isAnswerTo(key)),
    close: () => ws.close(1000),
    drop: () => ws.terminate(),
  }
}

function isType<T extends ServerFrameType>(type: T, fits: (frame: FrameOf<T>) => boolean = () => true) {
  const isOfType = (frame: ServerFrame): frame is FrameOf<T> => frame.type === type
  return (frame: ServerFrame): frame is FrameOf<T> => isOfType(frame) && fits(frame)
}

const isAnswerTo =
  (key: string) =>
  (frame: ServerFrame): frame is FrameOf<'ack'> | FrameOf<'error'> =>
    (frame.type === 'ack' || frame.type === 'error') && frame.key === key

/** Reads a frame of the server; the tests look at the fields. */
export function readFrame(text: string): ServerFrame {
  const value: unknown = JSON.parse(text)
  if (typeof value !== 'object' || value === null || !('type' in value)) throw new Error('not a frame of the server')
  return value as ServerFrame
}
