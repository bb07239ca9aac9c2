import { CLOSE, ERRORS, type ErrorCode, type Key, mayRetry, type Offset } from '@whisperrooms/protocol'
import type { Scheduler } from '../clock.ts'
import type { Offence } from '../limits/abuse-score.ts'
import type { ClientLimits } from '../limits/limiter.ts'
import { frameOf } from '../rooms/frame-bytes.ts'
import { Intake } from './intake.ts'
import { type ByteSocket, type ClosableSink, socketSink } from './socket-sink.ts'

/** A WebSocket ping without a body (RFC 6455 §5.5.2), ready to send. */
const PING = Buffer.from([0x89, 0x00])

/** Above this much unsent, nothing more is taken in from the client until it has left. Bytes. */
const MAX_UNSENT_BYTES = 64 * 1024

/** When whoever was closed for too much of everything may come back, in milliseconds. */
const ABUSE_RETRY_MS = 10_000

/** What a flood's close has to get to the client, whose own is not waited for: it is behind all the rest. In milliseconds. */
const FLOOD_LINGER_MS = 500

/** What is needed of the WebSocket library's side of a connection. */
export interface FrameSocket {
  pause(): void
  resume(): void
  close(code: number, reason: string): void
  terminate(): void
}

/** One message of a client's, as it came. */
export interface ClientMessage {
  readonly data: Buffer
  readonly isBinary: boolean
}

/** Who is told what happens on a connection. */
export interface ConnectionOwner {
  /** The connection is about to be closed. */
  ended(): void
  take(message: ClientMessage): void
  /** Everything handed to the sink has left. */
  drained(): void
  /** See `Sink.lagged`. */
  lagged(): void
  /** See `Sink.ended`. */
  roomEnded(at: Offset): void
  /** See `Sink.standingChanged`. */
  standingChanged(): void
  /** It was looked at, as it is every two seconds. */
  looked(): void
  /** Something was refused. */
  refused(code: ErrorCode): void
  /** Whether nothing of the client's is under way, and it has read all there is for it. */
  readonly isServed: boolean
}

/** What an error frame may say beside its code. */
export interface ErrorContext {
  readonly key?: Key | undefined
  readonly re?: string | undefined
  /** Milliseconds. */
  readonly retryAfter?: number | undefined
  /** Others may be to blame: it does not count as an offence. */
  readonly isShared?: boolean | undefined
}

/** One client's WebSocket: frames go straight to its socket, all else through the library. */
export class Connection {
  readonly sink: ClosableSink
  readonly intake: Intake<ClientMessage>
  readonly #ws: FrameSocket
  readonly #socket: ByteSocket
  readonly #owner: ConnectionOwner
  readonly #limits: ClientLimits
  readonly #scheduler: Scheduler
  #isStopped = false
  /** Ends the moment for which it is not read; `undefined`: it is read. */
  #cancelSlow: (() => void) | undefined
  /** It is closed for too much of everything. */
  #isFlood = false
  #cancelLinger = (): void => undefined
  #bytesSeen = 0
  #quietSince: number
  #unsentSince: number | undefined

  /** @param nowMs the gateway's monotonic clock. */
  constructor(
    ws: FrameSocket,
    socket: ByteSocket,
    limits: ClientLimits,
    scheduler: Scheduler,
    nowMs: number,
    owner: ConnectionOwner,
  ) {
    this.#ws = ws
    this.#socket = socket
    this.#limits = limits
    this.#scheduler = scheduler
    this.#owner = owner
    this.#quietSince = nowMs
    this.intake = new Intake(ws, scheduler, (message) => owner.take(message))
    this.sink = socketSink(socket, {
      drained: () => {
        this.#unsentSince = undefined
        this.intake.resume('unsent')
        owner.drained()
      },
      lagged: () => owner.lagged(),
      ended: (at) => owner.roomEnded(at),
      standingChanged: () => owner.standingChanged(),
    })
  }

  /** Sends one frame. */
  send(frame: object): void {
    this.sink.write(frameOf(JSON.stringify(frame)))
    this.checkUnsent()
  }

  /** Looks whether the client reads what it is sent; until it does, nothing more is taken in from it. */
  checkUnsent(): void {
    if (this.#socket.writableLength > MAX_UNSENT_BYTES) this.intake.pause('unsent')
  }

  sendError(code: ErrorCode, { key, re, retryAfter, isShared }: ErrorContext = {}): void {
    this.#owner.refused(code)
    this.send({ type: 'error', code, message: ERRORS[code].message, key, re, retryAfter })
    if (isShared !== true) this.offend(code)
  }

  /** The client did what a correct one does not, or not as often: when that is too fast, it is read more slowly, and when it is too much, the connection ends. */
  offend(offence: Offence): void {
    if (this.#isStopped) return
    if (!this.#limits.offend(offence)) return this.#slowDown(offence)
    this.#isFlood = true
    this.#cancelLinger = this.#scheduler.after(FLOOD_LINGER_MS, () => this.#ws.terminate())
    this.#owner.ended()
    // What is no frame of the protocol will not be one next time; a flood may pass.
    if (offence !== 'control_frame' && !mayRetry(offence)) return this.close(CLOSE.protocolViolation, offence)
    const { message, close } = ERRORS.rate_limited
    this.#owner.refused('rate_limited')
    this.send({ type: 'error', code: 'rate_limited', message, retryAfter: ABUSE_RETRY_MS })
    this.close(close, 'rate_limited')
  }

  #slowDown(offence: Offence): void {
    if (this.#cancelSlow !== undefined) return
    const pauseMs = this.#limits.slowDown(offence)
    if (pauseMs === 0) return
    this.intake.pause('flood')
    this.#cancelSlow = this.#scheduler.after(pauseMs, () => {
      this.#cancelSlow = undefined
      this.intake.resume('flood')
    })
  }

  /** A ping or a pong of the WebSocket layer came. */
  controlled(): void {
    this.checkUnsent()
    this.offend('control_frame')
  }

  /** Refuses what the client came for: an error, then a close whose code says whether to come back. */
  refuse(code: ErrorCode, context?: ErrorContext): void {
    this.sendError(code, context)
    this.close(ERRORS[code].close, code)
  }

  /** @param reason a word of ours, never of the client's. */
  close(code: number, reason: string): void {
    if (this.#isStopped) return
    this.stop()
    this.#ws.close(code, reason)
  }

  /** The connection is as good as closed: nothing is written or taken in any more. */
  stop(): void {
    this.#isStopped = true
    this.#cancelSlow?.()
    this.sink.close()
    this.intake.end(this.#isFlood)
  }

  /**
   * Looks whether the client is still there: pings it when it has been quiet, ends the connection when it stayed so, or has
   * not read what it was sent, for too long.
   */
  checkLife(nowMs: number, pingAfterMs: number, deadAfterMs: number): void {
    this.#owner.looked()
    const { bytesRead } = this.#socket
    if (bytesRead !== this.#bytesSeen) {
      this.#bytesSeen = bytesRead
      this.#quietSince = nowMs
    }
    if (this.#socket.writableLength === 0) this.intake.resume('unsent')
    this.#unsentSince = this.#socket.writableLength === 0 ? undefined : (this.#unsentSince ?? nowMs)
    const quietMs = nowMs - this.#quietSince
    const unsentMs = this.#unsentSince === undefined ? 0 : nowMs - this.#unsentSince
    // A client whose reading we paused ourselves may be quiet through no fault of its own.
    if ((quietMs >= deadAfterMs && !this.intake.isPaused) || unsentMs >= deadAfterMs) this.#ws.terminate()
    else if (quietMs >= pingAfterMs && this.#unsentSince === undefined) this.sink.write(PING)
  }

  /** Whether nothing of the client's is under way, and it has read all there is for it. */
  get isServed(): boolean {
    return this.#owner.isServed
  }

  /** Whether bytes wait for the client to read. */
  get hasUnsent(): boolean {
    return this.#socket.writableLength > 0
  }

  /** The gateway is going down: nothing more is taken in, and what came before is still answered. */
  pauseIntake(): void {
    this.intake.pause('draining')
  }

  /** Its socket is closed. */
  gone(): void {
    this.#cancelSlow?.()
    this.#cancelLinger()
  }

  /** Ends it without a word. */
  terminate(): void {
    this.#ws.terminate()
  }

  /** The gateway is going down: come back, to another one if there is one. */
  restart(): void {
    this.close(CLOSE.restarting, 'restarting')
  }
}
