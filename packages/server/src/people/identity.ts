import { hash, timingSafeEqual } from 'node:crypto'
import { type MemberId, memberPreimage, ownerPreimage, type RoomId } from '@whisperrooms/protocol'

/** @returns the member id of whoever holds `session`, in `room`. */
export function memberIdOf(room: RoomId, session: string): MemberId {
  return hash('sha256', memberPreimage(room, session), 'base64url').slice(0, 16) as MemberId
}

/** Whether `owner` is the secret whose hash is `ownerHash`. */
export function isOwner(room: RoomId, owner: string, ownerHash: string | undefined): boolean {
  if (ownerHash === undefined) return false
  const given = Buffer.from(hash('sha256', ownerPreimage(room, owner), 'base64url'))
  const known = Buffer.from(ownerHash)
  return given.length === known.length && timingSafeEqual(given, known)
}
