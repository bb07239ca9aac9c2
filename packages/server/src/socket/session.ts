import { isUtf8 } from 'node:buffer'
import { CLOSE, type ErrorCode, type JoinFrame, LIMITS, type Offset, type RoomId } from '@whisperrooms/protocol'
import { decodeClientFrame } from '@whisperrooms/protocol/schemas'
import type { ClientLimits } from '../limits/limiter.ts'
import { retryAfterOf } from '../limits/retry-after.ts'
import type { JoinTrace } from '../metrics/tracing.ts'
import { type ClientMessage, Connection, type ConnectionOwner, type FrameSocket } from './connection.ts'
import type { Gateway } from './gateway.ts'
import { type Admission, admit } from './join.ts'
import { Membership } from './membership.ts'
import type { ByteSocket } from './socket-sink.ts'

/** Where a socket is in its life. */
type State =
  /** Nothing was said yet; the time for it runs. */
  | { readonly phase: 'silent'; readonly cancelDeadline: () => void }
  | { readonly phase: 'joining' }
  | { readonly phase: 'joined'; readonly membership: Membership }
  | { readonly phase: 'ended' }

/** One socket, from its upgrade to its end: takes frames in, and says so when they are none. */
export class Session implements ConnectionOwner {
  readonly connection: Connection
  readonly #gateway: Gateway
  readonly #room: RoomId
  readonly #limits: ClientLimits
  #state: State
  /** Kept beyond the end, until what it was sent has left. */
  #membership: Membership | undefined
  #joinTrace: JoinTrace | undefined

  constructor(gateway: Gateway, ws: FrameSocket, socket: ByteSocket, limits: ClientLimits, room: RoomId) {
    const { clock, scheduler } = gateway
    this.#gateway = gateway
    this.#room = room
    this.#limits = limits
    this.connection = new Connection(ws, socket, limits, scheduler, clock(), this)
    this.#state = { phase: 'silent', cancelDeadline: scheduler.after(LIMITS.joinMs, () => this.#tooLate()) }
  }

  take({ data, isBinary }: ClientMessage): void {
    if (this.#state.phase === 'ended') return
    if (isBinary || !isUtf8(data)) return this.connection.sendError('bad_frame')
    const decoded = decodeClientFrame(data.toString())
    if (!decoded.ok) return this.connection.sendError(decoded.code, decoded)
    const { frame } = decoded
    if (frame.type === 'join') return this.#join(frame)
    if (frame.type === 'leave') return this.#leave()
    if (this.#state.phase === 'joined') return this.#state.membership.take(frame, data.length)
    this.connection.sendError('join_first', { re: frame.re, key: 'key' in frame ? frame.key : undefined })
  }

  drained(): void {
    this.#membership?.drained()
  }

  lagged(): void {
    this.#membership?.lagged()
  }

  refused(code: ErrorCode): void {
    this.#gateway.refused?.(code)
  }

  get isServed(): boolean {
    return this.#membership?.isServed ?? true
  }

  /** What was said leaves the screen before its reader leaves the room. */
  roomEnded(at: Offset): void {
    this.connection.send({ type: 'removed', offset: at, upTo: at, reason: 'burned' })
    this.#end(true)
    this.connection.refuse('room_ended')
  }

  standingChanged(): void {
    if (this.#state.phase !== 'joined') return
    const { membership } = this.#state
    if (!membership.isKicked) return membership.showStanding()
    membership.barWay()
    this.#end(true)
    this.connection.refuse('kicked')
  }

  /** Whoever comes back with another token has not left. */
  looked(): void {
    if (this.#state.phase !== 'joined' || !this.#state.membership.isTokenOver) return
    this.#end(false)
    this.connection.sendError('expired_token', { isShared: true })
    this.connection.close(CLOSE.tokenEnded, 'expired_token')
  }

  /** The socket has ended, or is about to. */
  ended(): void {
    this.#end(false)
  }

  #join(frame: JoinFrame): void {
    if (this.#state.phase !== 'silent') return this.connection.sendError('already_joined', { re: frame.re })
    this.#state.cancelDeadline()
    this.#state = { phase: 'joining' }
    this.#joinTrace = this.#gateway.tracing?.joining()
    // What the client sends behind its join waits for the answer.
    this.connection.intake.pause('joining')
    const refusal = (): Admission => ({ ok: false, code: 'internal' })
    void admit(this.#gateway, this.#limits, this.#room, frame)
      .catch(refusal)
      .then((admission) => {
        if (this.#state.phase !== 'joining') return
        if (!admission.ok) return this.#refuse(admission.code, frame.re, admission.retryAfter)
        const { room, member, via } = admission.admitted
        if (room.isClosed) return this.#refuse('room_ended', frame.re)
        if (room.standings.isBarred(member, via)) return this.#refuse('kicked', frame.re)
        const full = this.#limits.enter(this.#gateway.presence, admission.admitted)
        if (full !== undefined) return this.#refuse(full.code, frame.re, full.retryAfter)
        this.#membership = new Membership(this.#gateway, this.connection, this.#limits, admission.admitted)
        this.#state = { phase: 'joined', membership: this.#membership }
        this.#membership.enter(frame.cursor, admission.ticketJoined, this.#joinTrace)
        this.connection.intake.resume('joining')
      })
  }

  #leave(): void {
    this.#end(true)
    this.connection.close(CLOSE.left, 'left')
  }

  #tooLate(): void {
    if (this.#state.phase === 'silent') this.#refuse('join_first')
  }

  #refuse(code: ErrorCode, re?: string, retryAfter = retryAfterOf(code)): void {
    this.#joinTrace?.refused(code)
    this.#end(false)
    this.connection.refuse(code, { re, retryAfter })
  }

  #end(atOnce: boolean): void {
    this.#joinTrace?.left()
    if (this.#state.phase === 'silent') this.#state.cancelDeadline()
    if (this.#state.phase === 'joined') this.#state.membership.end(atOnce)
    this.#state = { phase: 'ended' }
  }
}
