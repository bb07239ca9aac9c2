import { randomBytes } from 'node:crypto'
import { connect as connectTcp } from 'node:net'
import { Inbox, within } from './inbox.ts'
import { joinFrame } from './member.ts'

export const OPCODE = { continuation: 0, text: 1, binary: 2, close: 8, ping: 9, pong: 10 } as const

export interface FrameOptions {
  /** Whether this is the last fragment; it is unless said otherwise. */
  readonly fin?: boolean
  readonly masked?: boolean
  /** The three reserved bits, as a number from 0 to 7. */
  readonly reserved?: number
}

/** A client's frame as bytes (RFC 6455 §5.2), well made or not. */
export function frameBytes(opcode: number, payload: Buffer | string, options: FrameOptions = {}): Buffer {
  const { fin = true, masked = true, reserved = 0 } = options
  const body = Buffer.from(payload)
  const first = (fin ? 0x80 : 0) | (reserved << 4) | opcode
  const maskBit = masked ? 0x80 : 0
  const header =
    body.length < 126
      ? Buffer.from([first, maskBit | body.length])
      : body.length < 65_536
        ? Buffer.from([first, maskBit | 126, body.length >>> 8, body.length & 255])
        : Buffer.concat([Buffer.from([first, maskBit | 127, 0, 0, 0, 0]), uint32(body.length)])
  if (!masked) return Buffer.concat([header, body])
  const mask = randomBytes(4)
  return Buffer.concat([header, mask, body.map((byte, i) => byte ^ (mask[i & 3] ?? 0))])
}

const uint32 = (value: number): Buffer => Buffer.from([value >>> 24, value >>> 16, value >>> 8, value])

/** One frame of the server. */
export interface Received {
  readonly opcode: number
  readonly payload: Buffer
  /** Which read from the socket completed it: frames of one write come in one read. */
  readonly read: number
}

export interface RawSocket {
  /** Every frame that was read, in order. */
  readonly received: readonly Received[]
  /** The connection has ended, whoever ended it. */
  readonly ended: Promise<void>
  write(bytes: Buffer): void
  /** Writes, and waits until all of it has left this process. */
  flush(bytes: Buffer): Promise<void>
  send(frame: object): void
  /** The next text frame of this `type`. */
  next(type: string): Promise<Record<string, unknown>>
  /** The code of the next close frame. */
  closeCode(): Promise<number>
  /** Stops reading. The kernel's buffers go on filling. */
  pause(): void
  resume(): void
  /** Sends nothing more, and goes on reading. */
  end(): void
  destroy(): void
}

/** A WebSocket spoken byte by byte, for what no library lets one do. */
export async function openRawSocket(
  url: string,
  room: string,
  headers: Readonly<Record<string, string>> = {},
): Promise<RawSocket> {
  const { hostname, port, host } = new URL(url)
  const socket = connectTcp({ host: hostname, port: Number(port), noDelay: true })
  const inbox = new Inbox<Received>(({ opcode, payload }) => `${opcode} ${payload.toString('latin1').slice(0, 200)}`)
  const handshake = Promise.withResolvers<void>()
  const { promise: ended, resolve: end } = Promise.withResolvers<void>()
  const decode = decoder((frame) => inbox.add(frame))
  let head: Buffer | undefined = Buffer.alloc(0)
  socket.on('error', (error) => handshake.reject(error))
  socket.on('close', () => {
    inbox.end('the connection has ended')
    end()
  })
  socket.on('data', (chunk: Buffer) => {
    if (head === undefined) return decode(chunk)
    head = Buffer.concat([head, chunk])
    const end = head.indexOf('\r\n\r\n')
    if (end < 0) return
    const status = head.subarray(0, end).toString().split('\r\n')[0]
    if (status?.includes(' 101 ')) handshake.resolve()
    else handshake.reject(new Error(`the handshake was answered with ${status}`))
    const rest = head.subarray(end + 4)
    head = undefined
    decode(rest)
  })
  socket.write(
    `GET /ws/${room} HTTP/1.1\r\nhost: ${host}\r\nupgrade: websocket\r\nconnection: upgrade\r\n` +
      `sec-websocket-version: 13\r\nsec-websocket-key: ${randomBytes(16).toString('base64')}\r\n` +
      `${Object.entries(headers)
        .map(([name, value]) => `${name}: ${value}\r\n`)
        .join('')}\r\n`,
  )
  await within(handshake.promise, 'the handshake')

  return {
    received: inbox.all,
    ended,
    write: (bytes) => void socket.write(bytes),
    flush(bytes) {
      const { promise, resolve, reject } = Promise.withResolvers<void>()
      socket.write(bytes, (error) => (error ? reject(error) : resolve()))
      return promise
    },
    send: (frame) => void socket.write(frameBytes(OPCODE.text, JSON.stringify(frame))),
    async next(type) {
      const isIt = (frame: Received): frame is Received =>
        frame.opcode === OPCODE.text && readObject(frame.payload)['type'] === type
      return readObject((await inbox.take(`"${type}"`, isIt)).payload)
    },
    async closeCode() {
      const isClose = (frame: Received): frame is Received => frame.opcode === OPCODE.close
      const { payload } = await inbox.take('a close frame', isClose)
      return payload.length < 2 ? 1005 : payload.readUInt16BE(0)
    },
    pause: () => void socket.pause(),
    resume: () => void socket.resume(),
    end: () => void socket.end(),
    destroy: () => void socket.destroy(),
  }
}

/** A member who came in on a socket spoken byte by byte; the room is made when there is none. */
export async function joinedSocket(
  url: string,
  room: string,
  headers?: Readonly<Record<string, string>>,
): Promise<RawSocket> {
  const socket = await openRawSocket(url, room, headers)
  socket.send(joinFrame({ create: {} }))
  await socket.next('live')
  return socket
}

/** Takes the bytes of a server apart into its frames; it never fragments and never masks. */
function decoder(found: (frame: Received) => void): (chunk: Buffer) => void {
  let pending = Buffer.alloc(0)
  let read = 0
  return (chunk) => {
    read++
    pending = pending.length === 0 ? Buffer.from(chunk) : Buffer.concat([pending, chunk])
    let at = 0
    for (;;) {
      const length = payloadLength(pending, at)
      if (length === undefined || at + length.header + length.payload > pending.length) break
      const from = at + length.header
      found({ opcode: (pending[at] ?? 0) & 15, payload: pending.subarray(from, from + length.payload), read })
      at = from + length.payload
    }
    pending = pending.subarray(at)
  }
}

function payloadLength(bytes: Buffer, at: number): { header: number; payload: number } | undefined {
  const second = bytes[at + 1]
  if (second === undefined) return undefined
  if (second < 126) return { header: 2, payload: second }
  if (second === 126) return bytes.length < at + 4 ? undefined : { header: 4, payload: bytes.readUInt16BE(at + 2) }
  return bytes.length < at + 10 ? undefined : { header: 10, payload: Number(bytes.readBigUInt64BE(at + 2)) }
}

export function readObject(payload: Buffer): Record<string, unknown> {
  const value: unknown = JSON.parse(payload.toString())
  if (typeof value !== 'object' || value === null) throw new Error('the frame holds no object')
  return { ...value }
}
