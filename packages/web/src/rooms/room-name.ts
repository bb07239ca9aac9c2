import { parseRoomId, type RoomId } from '@whisperrooms/protocol'
import { twoWords } from './two-words.ts'

/** 128 bits in base64url: 22 characters, the last of which carries two bits only. */
const PRIVATE_PATTERN = /^[A-Za-z0-9_-]{21}[AQgw]$/
const ROOM_CHARS = 64

/** Fills the array with random bytes, as `crypto.getRandomValues` does. */
export type FillRandom = (bytes: Uint8Array<ArrayBuffer>) => unknown

/** Whether a room is one that only those with its link can find. */
export function isPrivateRoom(room: string): boolean {
  return PRIVATE_PATTERN.test(room)
}

/** Makes up a room nobody can guess: 128 random bits. */
export function newPrivateRoom(fillRandom: FillRandom): RoomId {
  const bytes = new Uint8Array(16)
  fillRandom(bytes)
  const text = btoa(String.fromCharCode(...bytes))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replaceAll('=', '')
  const room = parseRoomId(text)
  if (room === undefined) throw new Error('base64url of 16 bytes is always a room id')
  return room
}

/** What people call a room: its name, or two words for one that has only random bits. */
export function titleOf(room: string): string {
  return isPrivateRoom(room) ? twoWords(room) : room
}

export type RoomNameFault = 'missing' | 'long' | 'bad'

export type ReadRoomName =
  | { readonly ok: true; readonly room: RoomId }
  | { readonly ok: false; readonly fault: RoomNameFault }

/**
 * Reads what was typed as a room's name. A pasted link to a room of this site counts as well,
 * and a space, which no name can have, is taken for the hyphen it stands for.
 */
export function readRoomName(typed: string, origin: string): ReadRoomName {
  const text = typed.trim()
  if (text === '') return { ok: false, fault: 'missing' }
  const link = `${origin}/r/`
  const name = text.startsWith(link) ? text.slice(link.length).replace(/\/$/, '') : text
  const spelled = name.replace(/\s+/g, '-')
  const room = parseRoomId(spelled)
  if (room !== undefined) return { ok: true, room }
  return { ok: false, fault: spelled.length > ROOM_CHARS ? 'long' : 'bad' }
}
