import { createHmac, hkdfSync } from 'node:crypto'
import type { RoomId, RoomKey } from '@whisperrooms/protocol'

/** What gateways that share a log derive from their common secret: one key per purpose, none of which tells another. */
export interface KafkaSecrets {
  roomKey(room: RoomId): RoomKey
  /** Names rooms. Whoever has it can write messages into a room they know by name, and nothing else. */
  readonly namesKey: Uint8Array
  /** Signs control records. */
  readonly macKey: Uint8Array
  /** The same for gateways with the same secret. Public: it is a derivative like the keys, and opens nothing. */
  readonly fingerprint: string
}

/** Bytes of a key derived for HMAC-SHA256. */
const KEY_BYTES = 32
/** 96 bits: two secrets that differ have the same fingerprint by chance in no installation there will be. */
const FINGERPRINT_BYTES = 12
/** Characters of a room key: 132 bits of an HMAC. */
const ROOM_KEY_CHARS = 22

/** Derives all keys by HKDF-SHA256 (RFC 5869), without salt; what each is for is its `info`. */
export function kafkaSecrets(secret: Uint8Array): KafkaSecrets {
  const namesKey = derive(secret, 'whisperrooms room names 1', KEY_BYTES)
  return {
    roomKey: (room) => roomKeyWith(namesKey, room),
    namesKey,
    macKey: derive(secret, 'whisperrooms control records 1', KEY_BYTES),
    fingerprint: derive(secret, 'whisperrooms fingerprint 1', FINGERPRINT_BYTES).toString('base64url'),
  }
}

/** @returns what `room` is called on the topic: the first 22 characters, in base64url, of HMAC-SHA256 over its name. */
export function roomKeyWith(namesKey: Uint8Array, room: RoomId): RoomKey {
  return createHmac('sha256', namesKey).update(room).digest('base64url').slice(0, ROOM_KEY_CHARS) as RoomKey
}

function derive(secret: Uint8Array, info: string, bytes: number): Buffer {
  return Buffer.from(hkdfSync('sha256', secret, '', info, bytes))
}
