import { isUtf8 } from 'node:buffer'
import { CLOSE, type JoinFrame, LIMITS, type RoomId } from '@whisperrooms/protocol'
import { decodeClientFrame } from '@whisperrooms/protocol/schemas'
import { Connection, type FrameSocket } from './connection.ts'
import type { Gateway } from './gateway.ts'
import { admit } from './join.ts'
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
export class Session {
  readonly connection: Connection
  readonly #gateway: Gateway
  readonly #room: RoomId
  #state: State

  constructor(gateway: Gateway, ws: FrameSocket, socket: ByteSocket, room: RoomId) {
    this.#gateway = gateway
    this.#room = room
    this.connection = new Connection(
      ws,
      socket,
      gateway.clock(),
      () => this.#membership?.drained(),
      () => this.#membership?.lagged(),
    )
    this.#state = { phase: 'silent', cancelDeadline: gateway.scheduler.after(LIMITS.joinMs, () => this.#tooLate()) }
  }

  get #membership(): Membership | undefined {
    return this.#state.phase === 'joined' ? this.#state.membership : undefined
  }

  /** Takes in one message of the client's. */
  take(data: Buffer, isBinary: boolean): void {
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

  #join(frame: JoinFrame): void {
    if (this.#state.phase !== 'silent') return this.connection.sendError('already_joined', { re: frame.re })
    this.#state.cancelDeadline()
    this.#state = { phase: 'joining' }
    void admit(this.#gateway, this.#room, frame).then((admission) => {
      if (this.#state.phase !== 'joining') return
      if (!admission.ok) {
        this.connection.refuse(admission.code, { re: frame.re })
        return
      }
      const membership = new Membership(this.#gateway, this.connection, admission.admitted)
      this.#state = { phase: 'joined', membership }
      membership.enter(frame.cursor, admission.ticketJoined)
    })
  }

  /** The socket has ended. */
  ended(): void {
    this.#end(false)
  }

  #leave(): void {
    this.#end(true)
    this.connection.close(CLOSE.left, 'left')
  }

  #tooLate(): void {
    if (this.#state.phase === 'silent') this.connection.refuse('join_first')
  }

  #end(atOnce: boolean): void {
    if (this.#state.phase === 'silent') this.#state.cancelDeadline()
    this.#membership?.end(atOnce)
    this.#state = { phase: 'ended' }
  }
}
