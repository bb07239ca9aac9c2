import { CLOSE } from './close-codes.ts'

/**
 * Whether what was refused may be tried again.
 * - `never`: it will be refused again.
 * - `same`: send the same frame again, after `retryAfter` milliseconds where given; a message keeps its key and `before`.
 */
export type Retry = 'never' | 'same'

interface ErrorEntry {
  readonly retry: Retry
  /** The close code that follows when a `join` is refused for this. */
  readonly close: number
  /** For people; never contains what the client sent. */
  readonly message: string
}

const entry = (retry: Retry, close: number, message: string): ErrorEntry => ({ retry, close, message })

/** Every error code of the protocol. Codes are stable; their messages are not. */
export const ERRORS = {
  bad_frame: entry('never', CLOSE.protocolViolation, 'This is not a frame of the protocol.'),
  unknown_type: entry('never', CLOSE.protocolViolation, 'This server does not know that type of frame.'),
  bad_room: entry('never', CLOSE.protocolViolation, 'A room is 1 to 64 characters of A–Z a–z 0–9 _ -.'),
  bad_name: entry('never', CLOSE.protocolViolation, 'A name is 1 to 32 visible characters.'),
  bad_ttl: entry('never', CLOSE.protocolViolation, 'That time to live is outside what this server allows.'),
  bad_before: entry('never', CLOSE.protocolViolation, '`before` is more than 10 s ahead of the server’s `now`.'),
  unsupported_protocol: entry('never', CLOSE.unsupportedProtocol, 'This server speaks protocol version 1.'),
  empty_text: entry('never', CLOSE.protocolViolation, 'There is no text to send.'),
  too_long: entry('never', CLOSE.protocolViolation, 'That is longer than the limit.'),
  too_late: entry('never', CLOSE.protocolViolation, 'The time in which this message could be sent has passed.'),
  join_first: entry('never', CLOSE.joinTimeout, 'The first frame is `join`, within 5 s.'),
  already_joined: entry('never', CLOSE.protocolViolation, 'This socket has joined already.'),
  rate_limited: entry('same', CLOSE.rateLimited, 'Too fast; try again a little later.'),
  held: entry('same', CLOSE.tryLater, 'Held back until the message refused before it is sent again or skipped.'),
  not_allowed: entry('never', CLOSE.notAllowed, 'You may not do that here.'),
  no_such_room: entry('never', CLOSE.noSuchRoom, 'There is no such room.'),
  room_ended: entry('never', CLOSE.roomEnded, 'The room has ended.'),
  room_locked: entry('never', CLOSE.roomLocked, 'The room is locked.'),
  room_full: entry('same', CLOSE.roomFull, 'The room is full.'),
  room_busy: entry('same', CLOSE.roomBusy, 'The room holds as much as it can; wait for something to vanish.'),
  kicked: entry('never', CLOSE.kicked, 'You were removed from this room.'),
  bad_token: entry('never', CLOSE.badToken, 'That token is not valid here.'),
  expired_token: entry('never', CLOSE.expiredToken, 'That token has expired.'),
  wrong_proof: entry('never', CLOSE.wrongProof, 'That proof does not open this room.'),
  unknown_target: entry('never', CLOSE.protocolViolation, 'That message is gone or was never here.'),
  bus_unavailable: entry('same', CLOSE.tryLater, 'Messages cannot be passed on just now.'),
  server_full: entry('same', CLOSE.serverFull, 'This server is full.'),
  internal: entry('same', CLOSE.tryLater, 'Something went wrong on the server.'),
} as const satisfies Record<string, ErrorEntry>

export type ErrorCode = keyof typeof ERRORS

/** @returns whether `code` is in the catalogue: a newer server may send others, which clients treat as `never`. */
export function isErrorCode(code: string): code is ErrorCode {
  return Object.hasOwn(ERRORS, code)
}

export function mayRetry(code: string): boolean {
  return isErrorCode(code) && ERRORS[code].retry === 'same'
}
