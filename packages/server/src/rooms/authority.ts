import { type ErrorCode, type Offset, OWNER_BY_TOKEN, type RoomRecord } from '@whisperrooms/protocol'
import type { Room } from './room.ts'

/**
 * An operator has authority in every room, and an owner in their own. Whoever had proven to be the owner before the room was handed over
 * is no longer. Whose room it was before the snapshot from which it is known here, it does not say; then what was proven at the door
 * counts. A token's owner is one by whoever issued it, whoever the room has been handed to.
 */
export function hasAuthority(room: Room, { member, as, owner }: RoomRecord, offset: Offset): boolean {
  if (as === 'operator') return true
  const given = room.standings.roleOf(member, offset)
  if (given !== undefined) return given === 'owner'
  if (as !== 'owner' || owner === undefined) return false
  return owner === OWNER_BY_TOKEN || owner === room.settings.ownerHash || offset <= room.adoptedTo
}

/** Why a member may say nothing in a room, in whichever way: with a message, a reaction, or by typing. `undefined`: they may. */
export function faultOfSpeaking(room: Room, { member, as }: RoomRecord, offset: Offset): ErrorCode | undefined {
  if (room.standings.isMuted(member, offset)) return 'muted'
  return (room.standings.roleOf(member, offset) ?? as) === 'reader' ? 'not_allowed' : undefined
}
