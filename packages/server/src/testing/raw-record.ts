import { BEFORE_FIRST, type Key, type MemberId, type RoomKey, type RoomRecord } from '@whisperrooms/protocol'
import { writeBody } from '../rooms/body.ts'

let count = 0

/** A record as whoever writes to the log past all gateways could write it. */
export function rawRecord(kind: string, room: string, fields: Partial<RoomRecord> = {}): RoomRecord {
  return {
    v: 1,
    kind,
    room: room as RoomKey,
    member: 'AAAAAAAAAAAAAAAA' as MemberId,
    as: 'member',
    joined: BEFORE_FIRST,
    key: `raw-key-${count++}` as Key,
    ttl: 0,
    notAfter: Number.MAX_SAFE_INTEGER,
    body: writeBody({}),
    ...fields,
  }
}

/** The body of a message. */
export const textBody = (member: MemberId, text: string) => writeBody({ from: { id: member, name: 'Raw' }, text })
