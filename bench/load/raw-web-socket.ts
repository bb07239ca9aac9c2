import { randomBytes } from 'node:crypto'
import { connect, type Socket } from 'node:net'

/**
 * One buffer for all sockets: a read is a system call and a callback, nothing is allocated. A chunk is valid only
 * during `onBytes`.
 */
const READ_BUFFER = Buffer.allocUnsafeSlow(256 * 1024)
const CONNECT_MS = 30_000

export interface RawWebSocketEvents {
  /** Bytes after the handshake, cut anywhere. */
  readonly onBytes: (chunk: Buffer) => void
  readonly onClose: () => void
}

/** A WebSocket client that does the handshake and leaves frames to others. */
export interface RawWebSocket {
  /** The client's own port, to find the connection in `/proc/net/tcp`. */
  readonly localPort: number
  /** What was written and the kernel has not taken: the server does not read. */
  readonly unsentBytes: number
  write(frames: Buffer): void
  /** Stops reading: what the server sends fills the kernel's buffers. */
  pause(): void
  resume(): void
  /** Ends with a reset: no port stays in TIME_WAIT. */
  destroy(): void
}

/**
 * Connects to `ws://127.0.0.1:{port}{path}`; resolves when the server has switched protocols.
 *
 * @param address whom a proxy would say that it comes from.
 */
export function openRawWebSocket(
  port: number,
  path: string,
  events: RawWebSocketEvents,
  address?: string,
): Promise<RawWebSocket> {
  return new Promise((resolve, reject) => {
    let head: string | undefined = ''
    const onRead = (length: number): boolean => {
      if (head === undefined) events.onBytes(READ_BUFFER.subarray(0, length))
      else onHead(READ_BUFFER.toString('latin1', 0, length))
      return true
    }
    const onHead = (text: string) => {
      head += text
      const end = head?.indexOf('\r\n\r\n') ?? -1
      if (head === undefined || end === -1) return
      if (!head.startsWith('HTTP/1.1 101')) return fail(new Error(`refused: ${head.slice(0, head.indexOf('\r\n'))}`))
      const rest = Buffer.from(head.slice(end + 4), 'latin1')
      head = undefined
      clearTimeout(late)
      resolve(wrap(socket))
      if (rest.length > 0) events.onBytes(rest)
    }
    const socket = connect({
      host: '127.0.0.1',
      port,
      noDelay: true,
      onread: { buffer: READ_BUFFER, callback: onRead },
    })
    const fail = (error: Error) => {
      clearTimeout(late)
      socket.destroy()
      reject(error)
    }
    const late = setTimeout(() => fail(new Error('no handshake in time')), CONNECT_MS)
    socket.on('error', fail)
    socket.on('close', () => {
      fail(new Error('closed in the handshake'))
      events.onClose()
    })
    const forwarded = address === undefined ? '' : `X-Forwarded-For: ${address}\r\n`
    socket.write(
      `GET ${path} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n` +
        `Sec-WebSocket-Key: ${randomBytes(16).toString('base64')}\r\nSec-WebSocket-Version: 13\r\n${forwarded}\r\n`,
    )
  })
}

const wrap = (socket: Socket): RawWebSocket => ({
  localPort: socket.localPort ?? 0,
  get unsentBytes() {
    return socket.writableLength
  },
  write: (frames) => void socket.write(frames),
  pause: () => void socket.pause(),
  resume: () => void socket.resume(),
  destroy: () => void socket.resetAndDestroy(),
})
