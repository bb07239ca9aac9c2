import type { Brand } from './brand.ts'

/** A room's public name: 1–64 characters of `A–Z a–z 0–9 _ -`. */
export type RoomId = Brand<string, 'RoomId'>

/** What a room is called on the bus: its name, or a keyed hash of it where names must not be seen. */
export type RoomKey = Brand<string, 'RoomKey'>

/** Base64url of the first 96 bits of SHA-256 over `wr-member-1\n{room}\n{session}`: 16 characters. */
export type MemberId = Brand<string, 'MemberId'>

/** A frame's own place in its room's log: increasing, not consecutive, below 2⁵³. `-1` is "before the first". */
export type Offset = Brand<number, 'Offset'>

/** Names a span of time in which offsets keep their meaning. */
export type Epoch = Brand<string, 'Epoch'>

/** Names one message of one session, also when it is sent again: 8–64 characters of `A–Z a–z 0–9 _ -`. */
export type Key = Brand<string, 'Key'>

/** How far somebody has seen a room's log. */
export interface Cursor {
  readonly epoch: Epoch
  readonly offset: Offset
}

export const ROOM_PATTERN = /^[A-Za-z0-9_-]{1,64}$/
export const KEY_PATTERN = /^[A-Za-z0-9_-]{8,64}$/
/** A session or owner secret: at least 128 random bits in base64url. */
export const SECRET_PATTERN = /^[A-Za-z0-9_-]{22,86}$/
export const MEMBER_PATTERN = /^[A-Za-z0-9_-]{16}$/
export const HASH_PATTERN = /^[A-Za-z0-9_-]{43}$/

/** The text hashed into a member id. */
export const memberPreimage = (room: string, session: string): string => `wr-member-1\n${room}\n${session}`
/** The text hashed into an owner hash. */
export const ownerPreimage = (room: string, owner: string): string => `wr-owner-1\n${room}\n${owner}`

/** @returns the room id, or `undefined` when `text` is none. */
export function parseRoomId(text: string): RoomId | undefined {
  return ROOM_PATTERN.test(text) ? (text as RoomId) : undefined
}

/** The cursor position before the first entry of a log. */
export const BEFORE_FIRST = -1 as Offset
/** The first place there can be. */
export const FIRST = 0 as Offset
