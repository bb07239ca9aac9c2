import type { AnnouncedLimits, ErrorCode, MemberId, RoomId, RoomKey } from '@whisperrooms/protocol'
import type { Clock, Random, Scheduler } from '../clock.ts'
import type { Ingress } from '../ingress/pipeline.ts'
import type { Limiter } from '../limits/limiter.ts'
import type { Tracing } from '../metrics/tracing.ts'
import type { Invites } from '../people/invites.ts'
import type { Presence } from '../people/presence.ts'
import type { Tickets } from '../people/tickets.ts'
import type { Tokens } from '../people/tokens.ts'
import type { Room } from '../rooms/room.ts'
import type { Shard } from '../rooms/shard.ts'
import type { Openings } from './openings.ts'

/** The times to live a room may have, and what it has when nobody says, in seconds. */
export interface TtlBounds {
  readonly minSeconds: number
  readonly maxSeconds: number
  readonly defaultSeconds: number
}

/** What a session needs of the gateway around it. */
export interface Gateway {
  readonly keyOf: (room: RoomId) => RoomKey
  /** The shard of a room, taken up if need be; `undefined` when that is not possible now. */
  readonly host: (room: RoomKey) => Promise<Shard | undefined>
  /** What rooms are called that somebody has entered here: where names are hidden on the bus, nothing else tells. */
  readonly names: WeakMap<Room, RoomId>
  readonly openings: Openings
  readonly ingress: Ingress
  readonly presence: Presence
  readonly tickets: Tickets
  /** `undefined`: nobody needs a token. */
  readonly tokens?: Tokens | undefined
  /** Lets nobody in again with the token, or by the invite, of whoever was kicked. */
  readonly bar: (room: Room, via: string) => void
  /** Uses an invite that may be used so many times. @returns why it cannot be used, if it cannot. */
  readonly use: (room: Room, member: MemberId, invite: string, uses: number) => Promise<ErrorCode | undefined>
  readonly invites: Invites
  readonly ttl: TtlBounds
  /** Holds clients to the operator's limits. */
  readonly limiter: Limiter
  /** What every `welcome` announces. */
  readonly limits: AnnouncedLimits
  readonly features: readonly string[]
  /** Counts what is refused, by its reason. */
  readonly refused?: ((reason: ErrorCode) => void) | undefined
  /** `undefined`: nobody traces. */
  readonly tracing?: Tracing | undefined
  /** The gateway's monotonic clock, milliseconds. */
  readonly clock: Clock
  readonly scheduler: Scheduler
  readonly random: Random
}
