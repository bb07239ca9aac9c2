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

/** A sink that can be closed: what is written to it from then on goes nowhere. */
export interface ClosableSink extends Sink {
  close(): void
}

/** Who is told what becomes of a sink. */
export interface SinkEvents extends Pick<Sink, 'lagged' | 'ended' | 'standingChanged'> {
  /** Everything handed over has left. */
  drained(): void
}

const NOTHING = Buffer.alloc(0)

/**
 * A write of this many bytes may well not leave at once, so it carries the callback that tells when it has. A smaller one
 * hardly ever needs one, and where it does, an empty write behind it carries it. Bytes.
 */
const LARGE_WRITE_BYTES = 8 * 1024

/**
 * Writes ready-made frames straight to a connection's socket, past the WebSocket library: whole frames between its own are
 * safe, because without compression it writes whole frames synchronously.
 */
export function socketSink(socket: ByteSocket, { drained, lagged, ended, standingChanged }: SinkEvents): ClosableSink {
  let callbacks = 0
  let waiting = false
  let closed = false

  function written(): void {
    callbacks--
    if (!waiting) return
    // What was on its way to a destroyed socket goes nowhere any more.
    if (socket.writableLength > 0 && !socket.destroyed) return askForCallback()
    waiting = false
    drained()
  }

  /** Makes sure that some callback comes after all that has been handed over. */
  function askForCallback(): void {
    if (callbacks > 0 || socket.destroyed) return
    callbacks++
    socket.write(NOTHING, written)
  }

  function hasLeft(): boolean {
    if (socket.writableLength === 0) return true
    waiting = true
    askForCallback()
    return false
  }

  return {
    write(bytes) {
      if (closed) return true
      if (bytes.length < LARGE_WRITE_BYTES) socket.write(bytes)
      else {
        callbacks++
        socket.write(bytes, written)
      }
      return socket.writableCorked > 0 || hasLeft()
    },
    cork: () => socket.cork(),
    uncork() {
      socket.uncork()
      return hasLeft()
    },
    lagged,
    ended,
    standingChanged,
    close() {
      closed = true
    },
  }
}
