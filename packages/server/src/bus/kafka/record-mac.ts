import { createHmac, createSecretKey, timingSafeEqual } from 'node:crypto'
import type { RoomKey } from '@whisperrooms/protocol'

/** Bytes of a MAC: 128 bits. */
const MAC_BYTES = 16
/** What stands around a MAC at the end of an envelope, and how long all of it is. */
const BEFORE = ',"mac":"'
const AFTER = '"}'
const MAC_CHARS = 22
const SEAL_CHARS = BEFORE.length + MAC_CHARS + AFTER.length

/** Proves of control records that a gateway wrote them. */
export interface RecordMac {
  /** @returns `envelope`, one JSON object with at least one member and without `mac`, with its `mac` as the last member. */
  seal(room: RoomKey, envelope: string, body: Uint8Array): string
  /** Whether the envelope ends with the `mac` of all that is before it, for that room and that body. */
  isSealed(room: RoomKey, envelope: string, body: Uint8Array): boolean
}

/**
 * HMAC-SHA256 over `room key \n envelope without mac \n body`. Neither a room key nor a line of JSON has a line end in it, so that what is
 * what is never in doubt. It is over the bytes of the envelope as they are, so that nobody has to write them alike.
 */
export function recordMac(macKey: Uint8Array): RecordMac {
  const key = createSecretKey(macKey)

  function macOf(room: RoomKey, envelope: string, body: Uint8Array): string {
    const mac = createHmac('sha256', key).update(`${room}\n${envelope}\n`).update(body).digest()
    return mac.toString('base64url', 0, MAC_BYTES)
  }

  return {
    seal: (room, envelope, body) => `${envelope.slice(0, -1)}${BEFORE}${macOf(room, envelope, body)}${AFTER}`,

    isSealed(room, envelope, body) {
      const at = envelope.length - SEAL_CHARS
      if (!envelope.startsWith(BEFORE, at) || !envelope.endsWith(AFTER)) return false
      const given = Buffer.from(envelope.slice(at + BEFORE.length, -AFTER.length), 'latin1')
      const right = Buffer.from(macOf(room, `${envelope.slice(0, at)}}`, body), 'latin1')
      return given.length === right.length && timingSafeEqual(given, right)
    },
  }
}
