import type { Epoch, MemberId, Offset, RoomId } from '@whisperrooms/protocol'
import type { Clock } from '../clock.ts'
import type { Tickets } from '../people/tickets.ts'
import type { Room } from '../rooms/room.ts'

/** How often a `pong` renews the ticket, in milliseconds. */
const RENEWAL_MS = 60_000

export interface MembershipTicketOptions {
  readonly tickets: Tickets
  readonly roomId: RoomId
  readonly room: Room
  readonly member: MemberId
  readonly via: string | undefined
  /** The last offset applied when the member was first let in, in the room's epoch. */
  readonly joined: Offset
  /** The gateway's monotonic clock, milliseconds. */
  readonly clock: Clock
}

/** Since when a member belongs to a room, in the epoch that counts, and the tickets that say so. */
export class MembershipTicket {
  readonly #options: MembershipTicketOptions
  #joined: Offset
  /** What `joined` is an offset of. */
  #epoch: Epoch
  #issuedMs = Number.NEGATIVE_INFINITY
  #issuedIn: Epoch | undefined

  constructor(options: MembershipTicketOptions) {
    this.#options = options
    this.#joined = options.joined
    this.#epoch = options.room.epoch
  }

  /** The last offset applied when the member was first let in; in a new epoch, when it began. */
  get joined(): Offset {
    const { room } = this.#options
    if (this.#epoch !== room.epoch) {
      this.#epoch = room.epoch
      this.#joined = room.entrance
    }
    return this.#joined
  }

  issue(): string {
    const { tickets, roomId, room, member, via, clock } = this.#options
    this.#issuedMs = clock()
    this.#issuedIn = room.epoch
    return tickets.issue({ room: roomId, member, epoch: room.epoch, joined: this.joined, via })
  }

  /** A new one, when the last is old, or of an earlier epoch. */
  renew(): string | undefined {
    const { room, clock } = this.#options
    const isGood = this.#issuedIn === room.epoch && clock() - this.#issuedMs < RENEWAL_MS
    return isGood ? undefined : this.issue()
  }
}
