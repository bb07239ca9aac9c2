import type { Key, MemberId, Offset, RoomKey } from './ids.ts'
import type { Role } from './server-frames.ts'

/** The kinds this version reduces itself. The list is open: any other kind is ordered, kept and relayed untouched. */
export type KnownKind =
  | 'create'
  | 'message'
  | 'unsend'
  | 'react'
  | 'burn'
  | 'set'
  | 'kick'
  | 'bar'
  | 'use'
  | 'revoke'
  | 'mute'
  | 'role'
  | 'typing'
  | 'touch'
  | 'end'
  | 'close'

/** What stands for an owner's hash where a token gives the role: nothing in the room can take it away. */
export const OWNER_BY_TOKEN = 'token'

/** Who says something: a member in the role proven at the door, or whoever runs the server, in any room. */
export type Authority = Role | 'operator'

/**
 * What is said in a room, as it travels on the bus. The bus adds what only it can know: the offset and the append time.
 */
export interface RoomRecord {
  readonly v: 1
  readonly kind: KnownKind | (string & {})
  readonly room: RoomKey
  readonly member: MemberId
  /** The role proven at the door; an operator’s records are written by gateways alone, and none of them is a message. */
  readonly as: Authority
  /** For an owner: the owner hash whose secret was proven. Once the room has another one, this proves nothing. Or `OWNER_BY_TOKEN`. */
  readonly owner?: string
  /** The invite and the keyed hash of the token's subject the member came in with. */
  readonly via?: string
  /** The last offset applied when the member was first admitted. */
  readonly joined: Offset
  readonly key: Key
  /** Seconds from the append to the end; 0 for what is transient and never stored. */
  readonly ttl: number
  /** Bus time in milliseconds; for entries that live as long as what they speak of. */
  readonly deadline?: number
  /** Bus time in milliseconds: appended later than this, the record is void. */
  readonly notAfter: number
  /** Opaque to the log and the bus. For kinds of this version: UTF-8 JSON. */
  readonly body: Uint8Array
}

/** A record with its place in the log, as every gateway reads it. */
export interface AppendedRecord {
  readonly record: RoomRecord
  readonly offset: Offset
  /** When the bus appended it, in its own time, in milliseconds. */
  readonly at: number
}
