import type { Sink } from '../rooms/cursor.ts'

/** What is needed of a connection's socket. */
export interface ByteSocket {
  write(bytes: Uint8Array, written?: () => void): unknown
  cork(): void
  uncork(): void
  readonly writableLength: number
  readonly writableCorked: number
  readonly destroyed: boolean
  readonly bytesRead: number
}

const NOTHING = Buffer.alloc(0)

/**
 * Writes ready-made frames straight to a connection's socket, past the WebSocket library: whole frames between its own are
 * safe, because without compression it writes whole frames synchronously.
 */
export function socketSink(socket: ByteSocket, drained: () => void, lagged: () => void): Sink {
  let waiting = false

  /** Whether everything has left; if not, an empty write behind it tells when it has. */
  function hasLeft(): boolean {
    if (socket.writableLength === 0) return true
    if (!waiting && !socket.destroyed) {
      waiting = true
      socket.write(NOTHING, () => {
        waiting = false
        drained()
      })
    }
    return false
  }

  return {
    write(bytes) {
      socket.write(bytes)
      return socket.writableCorked > 0 || hasLeft()
    },
    cork: () => socket.cork(),
    uncork() {
      socket.uncork()
      return hasLeft()
    },
    lagged,
  }
}
