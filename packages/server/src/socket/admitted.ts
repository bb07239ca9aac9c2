import type { MemberId, Offset, Role, RoomId } from '@whisperrooms/protocol'
import type { Room } from '../rooms/room.ts'
import type { Pass } from './pass.ts'

/** Whoever is let into a room, and as what. */
export interface Admitted {
  readonly roomId: RoomId
  readonly room: Room
  readonly member: MemberId
  readonly name: string
  readonly role: Role
  /** The owner hash whose secret was proven, for an owner. */
  readonly ownerHash: string | undefined
  /** Where a token is needed, what it gives: its role counts, and `role` only where that is `member`. */
  readonly pass?: Pass | undefined
  readonly via: string | undefined
  readonly joined: Offset
}
