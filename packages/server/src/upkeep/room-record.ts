import { BEFORE_FIRST, type Key, LIMITS, type MemberId, type RoomKey, type RoomRecord } from '@whisperrooms/protocol'
import type { Random } from '../clock.ts'
import { writeBody } from '../rooms/body.ts'

/** Whom a record of the gateway's own is of. */
const NOBODY = 'AAAAAAAAAAAAAAAA' as MemberId

/** A record that a gateway writes of its own accord. @param now bus time, milliseconds. */
export function roomRecord(
  kind: 'create' | 'touch' | 'end',
  room: RoomKey,
  body: object,
  now: number,
  random: Random,
): RoomRecord {
  return {
    v: 1,
    kind,
    room,
    member: NOBODY,
    as: 'owner',
    joined: BEFORE_FIRST,
    key: random(12).toString('base64url') as Key,
    ttl: 0,
    notAfter: now + LIMITS.beforeMs,
    body: writeBody(body),
  }
}
