import type { Epoch, Offset, Cursor as Place } from '@whisperrooms/protocol'
import type { Cursor } from '../../rooms/cursor.ts'
import { frameOf } from '../../rooms/frame-bytes.ts'
import type { Standing } from '../../rooms/window.ts'
import type { Admitted } from '../../socket/admitted.ts'
import type { Gateway } from '../../socket/gateway.ts'
import { MembershipTicket } from '../../socket/membership-ticket.ts'
import { type ByteSocket, type ClosableSink, socketSink } from '../../socket/socket-sink.ts'
import { eventId } from './event-id.ts'
import { eventSink } from './event-sink.ts'

/** How often a stream says that it is there, in milliseconds. */
const HEARTBEAT_MS = 15_000
/**
 * How long a stream lasts, in milliseconds. What is written to a reader whose machine has vanished stays in the kernel for many minutes,
 * and what is in the kernel cannot be seen; a reader that comes back has read. With `LEAVE_MS` at most 45 s.
 */
const LIFE_MS = 30_000
const LIFE_SPREAD_MS = 32
/** How long a reader may take for what it was sent when the stream ends, in milliseconds. */
const LEAVE_MS = 5_000
/** When a consumer comes back that has lost its connection, in milliseconds: not all at once. */
const RETRY_MS = 1_000
const RETRY_SPREAD_MS = 8
/** And at the end of a stream's life: at once. */
const RETURN_MS = 100

const NOTHING = Buffer.alloc(0)

/** What is needed of a reader's socket. */
export interface EventSocket extends ByteSocket {
  once(event: 'close', listener: () => void): unknown
  end(): unknown
  destroy(): unknown
}

export interface EventStreamOptions {
  readonly gateway: Gateway
  /** Its head has been written. */
  readonly socket: EventSocket
  readonly admitted: Admitted
  readonly standing: Standing
  /** Whether the gateway is on its way down. */
  readonly isClosing?: () => boolean
}

/** One reader of a room's log over HTTP: a member's cursor as any other, whose frames go out as Server-Sent Events. */
export class EventStream {
  readonly #gateway: Gateway
  readonly #socket: EventSocket
  readonly #admitted: Admitted
  readonly #tickets: MembershipTicket
  readonly #under: ClosableSink
  readonly #sink: ClosableSink
  #ticket = ''
  #cursor: Cursor | undefined
  /** The latest epoch that the reader has been told of. */
  #toldEpoch: Epoch | undefined
  #toldId = ''
  readonly #endsMs: number
  readonly #isClosing: () => boolean
  #cancelTimer: () => void = () => undefined

  constructor({ gateway, socket, admitted, standing, isClosing = () => false }: EventStreamOptions) {
    const { room, member, name, role } = admitted
    this.#gateway = gateway
    this.#socket = socket
    this.#admitted = admitted
    this.#isClosing = isClosing
    this.#tickets = new MembershipTicket({ ...admitted, tickets: gateway.tickets, clock: gateway.clock })
    this.#under = socketSink(socket, {
      drained: () => this.#drained(),
      lagged: () => undefined,
      ended: (at) => this.#roomEnded(at),
      standingChanged: () => this.#standingChanged(),
    })
    this.#sink = eventSink({
      under: this.#under,
      idAt: (offset) => this.#idAt({ epoch: room.epoch, offset }),
      stands: (place) => {
        this.#toldEpoch = place.epoch
        return this.#idAt(place)
      },
    })
    this.#endsMs = gateway.clock() + LIFE_MS + LIFE_SPREAD_MS * gateway.random(1).readUInt8()
    socket.once('close', () => this.#end())
    this.#say(`retry: ${this.#retryMs()}\n\n`)
    // Whoever reads is seen by the others.
    gateway.presence.enter(room.key, { id: member, name, ...room.standings.of(member, role) })
    this.#cursor = room.enter(this.#sink, member, standing, () => NOTHING)
    this.#wait()
  }

  /** Ends it; its reader comes back. */
  close(): void {
    this.#end()
    // Whoever neither reads nor closes is not waited for.
    const cancel = this.#gateway.scheduler.after(LEAVE_MS, () => this.#socket.destroy())
    this.#socket.once('close', cancel)
    this.#socket.end()
  }

  /** What was said is taken back before its reader leaves; on coming back they are told that the room has ended. */
  #roomEnded(at: Offset): void {
    this.#sink.write(frameOf(JSON.stringify({ type: 'removed', offset: at, upTo: at, reason: 'burned' })))
    this.close()
  }

  /** Whoever was kicked learns it on coming back. */
  #standingChanged(): void {
    const { room, member, role, via } = this.#admitted
    if (room.standings.isBarred(member, via)) return this.close()
    this.#gateway.presence.stand(room.key, member, room.standings.of(member, role))
  }

  #end(): void {
    const cursor = this.#cursor
    if (cursor === undefined) return
    this.#cursor = undefined
    this.#cancelTimer()
    this.#sink.close()
    const { room, member } = this.#admitted
    room.leave(cursor)
    // What is still on its way is a copy.
    cursor.drained()
    this.#gateway.presence.leave(room.key, member, false)
  }

  #drained(): void {
    if (this.#cursor !== undefined) this.#admitted.room.drained(this.#cursor)
  }

  #idAt(place: Place): string {
    this.#ticket = this.#tickets.renew() ?? this.#ticket
    this.#toldId = eventId(place, this.#ticket)
    return this.#toldId
  }

  #say(text: string): void {
    this.#under.write(Buffer.from(text))
  }

  /** Until it says again that it is there, or its life is over. */
  #wait(): void {
    const leftMs = this.#endsMs - this.#gateway.clock()
    const next = leftMs > HEARTBEAT_MS ? () => this.#beat() : () => this.#endLife()
    this.#cancelTimer = this.#gateway.scheduler.after(Math.min(leftMs, HEARTBEAT_MS), next)
  }

  #beat(): void {
    // To a reader that lags it says nothing: what it has not read yet shows that the stream is there.
    if (this.#socket.writableLength === 0) this.#say(`: here\n${this.#place()}\n`)
    this.#wait()
  }

  #retryMs(): number {
    return RETRY_MS + RETRY_SPREAD_MS * this.#gateway.random(1).readUInt8()
  }

  /** Its reader, if there is one, comes back at once and goes on where it stands; on the way down nobody is let in here. */
  #endLife(): void {
    this.#say(`retry: ${this.#isClosing() ? this.#retryMs() : RETURN_MS}\n${this.#place()}\n`)
    this.close()
  }

  /** Where the reader stands, when that is another place than the last it was told: so a quiet room's id does not grow old. */
  #place(): string {
    const { room } = this.#admitted
    if (this.#cursor === undefined || this.#toldEpoch !== room.epoch) return ''
    const before = this.#toldId
    const id = this.#idAt({ epoch: room.epoch, offset: room.writtenTo(this.#cursor) })
    return id === before ? '' : `id: ${id}\n`
  }
}
