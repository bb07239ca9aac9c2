import { BEFORE_FIRST, type Key, LIMITS, type MemberId, type RoomKey, type RoomRecord } from '@whisperrooms/protocol'
import type { Random } from '../clock.ts'
import { writeBody } from '../rooms/body.ts'

/** Whom a record is of that a gateway writes of its own accord. */
const NOBODY = 'AAAAAAAAAAAAAAAA' as MemberId

/** A record about a room as such. @param now bus time, milliseconds. @param member whose wish it is, when it is a member's. */
export function roomRecord(
  kind: 'create' | 'touch' | 'end' | 'burn' | 'set' | 'bar' | 'use' | 'close',
  room: RoomKey,
  body: object,
  now: number,
  random: Random,
  member = NOBODY,
): RoomRecord {
  return {
    v: 1,
    kind,
    room,
    member,
    as: 'owner',
    joined: BEFORE_FIRST,
    key: random(12).toString('base64url') as Key,
    ttl: 0,
    notAfter: now + LIMITS.beforeMs,
    body: writeBody(body),
  }
}

/** What whoever runs the server, or a gateway, wants done with a room, as a record. */
export function operatorRecord(
  kind: 'burn' | 'set' | 'bar' | 'use' | 'close',
  room: RoomKey,
  body: object,
  now: number,
  random: Random,
): RoomRecord {
  return { ...roomRecord(kind, room, body, now, random), as: 'operator' }
}
