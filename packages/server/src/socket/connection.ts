import { CLOSE, ERRORS, type ErrorCode, type Key } from '@whisperrooms/protocol'
import type { Sink } from '../rooms/cursor.ts'
import { frameOf } from '../rooms/frame-bytes.ts'
import { type ByteSocket, socketSink } from './socket-sink.ts'

/** A WebSocket ping without a body (RFC 6455 §5.5.2), ready to send. */
const PING = Buffer.from([0x89, 0x00])

/** Above this much unsent, a connection's own frames wait: reading from it pauses until they have left. Bytes. */
const MAX_UNSENT_BYTES = 64 * 1024

/** What is needed of the WebSocket library's side of a connection. */
export interface FrameSocket {
  pause(): void
  resume(): void
  close(code: number, reason: string): void
  terminate(): void
}

/** What an error frame may say beside its code. */
export interface ErrorContext {
  readonly key?: Key | undefined
  readonly re?: string | undefined
  /** Milliseconds. */
  readonly retryAfter?: number | undefined
}

/** One client's WebSocket: frames go straight to its socket, all else through the library. */
export class Connection {
  readonly sink: Sink
  readonly #ws: FrameSocket
  readonly #socket: ByteSocket
  #pausedBy = new Set<'quota' | 'unsent'>()
  #bytesSeen = 0
  #quietSince: number
  #unsentSince: number | undefined

  /**
   * @param drained everything handed to `sink` has left.
   * @param lagged see `Sink.lagged`.
   * @param nowMs the gateway's monotonic clock.
   */
  constructor(ws: FrameSocket, socket: ByteSocket, nowMs: number, drained: () => void, lagged: () => void) {
    this.#ws = ws
    this.#socket = socket
    this.#quietSince = nowMs
    this.sink = socketSink(
      socket,
      () => {
        this.#unsentSince = undefined
        this.resume('unsent')
        drained()
      },
      lagged,
    )
  }

  /** Sends one frame. */
  send(frame: object): void {
    this.sink.write(frameOf(JSON.stringify(frame)))
    if (this.#socket.writableLength > MAX_UNSENT_BYTES) this.pause('unsent')
  }

  sendError(code: ErrorCode, { key, re, retryAfter }: ErrorContext = {}): void {
    this.send({ type: 'error', code, message: ERRORS[code].message, key, re, retryAfter })
  }

  /** Stops reading from the client, for a reason of its own, until `resume`. */
  pause(why: 'quota' | 'unsent'): void {
    this.#pausedBy.add(why)
    this.#ws.pause()
  }

  resume(why: 'quota' | 'unsent'): void {
    if (this.#pausedBy.delete(why) && this.#pausedBy.size === 0) this.#ws.resume()
  }

  /** Refuses what the client came for: an error, then a close whose code says whether to come back. */
  refuse(code: ErrorCode, context?: ErrorContext): void {
    this.sendError(code, context)
    this.close(ERRORS[code].close, code)
  }

  /** @param reason a word of ours, never of the client's. */
  close(code: number, reason: string): void {
    this.#ws.close(code, reason)
  }

  /**
   * Looks whether the client is still there: pings it when it has been quiet, ends the connection when it stayed so, or has
   * not read what it was sent, for too long.
   */
  checkLife(nowMs: number, pingAfterMs: number, deadAfterMs: number): void {
    const { bytesRead } = this.#socket
    if (bytesRead !== this.#bytesSeen) {
      this.#bytesSeen = bytesRead
      this.#quietSince = nowMs
    }
    this.#unsentSince = this.#socket.writableLength === 0 ? undefined : (this.#unsentSince ?? nowMs)
    const quietMs = nowMs - this.#quietSince
    const unsentMs = this.#unsentSince === undefined ? 0 : nowMs - this.#unsentSince
    // A client whose reading we paused ourselves may be quiet through no fault of its own.
    if ((quietMs >= deadAfterMs && this.#pausedBy.size === 0) || unsentMs >= deadAfterMs) this.#ws.terminate()
    else if (quietMs >= pingAfterMs && this.#unsentSince === undefined) this.#socket.write(PING)
  }

  /** The gateway is going down: come back, to another one if there is one. */
  restart(): void {
    this.close(CLOSE.restarting, 'restarting')
  }
}
