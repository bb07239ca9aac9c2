import type { ClientFrameOf, ErrorCode, Key, MemberId, Offset, Role, RoomRecord } from '@whisperrooms/protocol'
import type { Outcome } from '../rooms/outcome.ts'
import type { Room } from '../rooms/room.ts'
import type { Said } from './said.ts'

/** The client frames that become records. */
export type IntentFrame = ClientFrameOf<
  'send' | 'unsend' | 'react' | 'set' | 'kick' | 'mute' | 'role' | 'revoke' | 'burn' | 'close' | 'typing'
>

/** Whoever wants something said in a room: a session. */
export interface Sender {
  readonly room: Room
  readonly member: MemberId
  readonly name: string
  readonly role: Role
  /** For an owner: the owner hash whose secret was proven, or `OWNER_BY_TOKEN`. */
  readonly ownerHash: string | undefined
  readonly via: string | undefined
  /** The last offset applied when the member was first let in. */
  readonly joined: Offset
  /** Counts up when a refusal begins to hold later messages back: what entered before is refused too. */
  readonly hold: number
  /** It was observed in the log, in time or late. */
  settle(intent: Intent, outcome: Outcome): void
  /** It will not be passed on, or has not been confirmed in time. */
  refuse(intent: Intent, code: ErrorCode): void
}

/** One wish on its way to the log. */
export interface Intent {
  readonly sender: Sender
  readonly frame: IntentFrame
  /** The message's own key, or one made for what has none. */
  readonly key: Key
  /** The sender's `hold` when it came in. */
  readonly hold: number
  /** Bytes of the frame, for the sender's quota. */
  readonly bytes: number
  /**
   * Since when the bus owes a confirmation, on the gateway's monotonic clock, in milliseconds: it came in, or left the plugins then;
   * while it is with them, never.
   */
  since: number
  /**
   * - `open`: nobody has answered the sender yet.
   * - `settled`: it was observed, and the sender knows what became of it.
   * - `refused`: the sender has been told that it was not sent; seen in the log all the same, it is acknowledged late.
   */
  state: 'open' | 'settled' | 'refused'
  /** Set by the optional stages: what they have made of the message. */
  said?: Said
  /** Set by the stamp. */
  record: RoomRecord | undefined
}

/** Refuses an intent that has not been passed on and never will be. */
export type Refuse = (intent: Intent, code: ErrorCode) => void
