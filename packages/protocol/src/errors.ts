import { CLOSE } from './close-codes.ts'

/**
 * Whether what was refused may be tried again.
 * - `never`: it will be refused again.
 * - `same`: send the same frame again, after `retryAfter` milliseconds where given; a message keeps its key and `before`.
 */
export type Retry = 'never' | 'same'

interface Rule {
  readonly retry: Retry
  /** The close code that follows when a `join` is refused for this. */
  readonly close: number
}

interface ErrorEntry extends Rule {
  /** For people; never contains what the client sent. */
  readonly message: string
}

const never = (close: number = CLOSE.protocolViolation): Rule => ({ retry: 'never', close })
const same = (close: number = CLOSE.tryLater): Rule => ({ retry: 'same', close })

/** What programs act upon, by code. Apart from the messages, so that the bundle of a client can do without those. */
export const ERROR_RULES = {
  bad_frame: never(),
  unknown_type: never(),
  bad_room: never(),
  not_supported: never(),
  bad_name: never(),
  bad_ttl: never(),
  bad_before: never(),
  unsupported_protocol: never(CLOSE.unsupportedProtocol),
  empty_text: never(),
  too_long: never(),
  too_late: never(),
  rejected: never(),
  stage_failed: never(),
  join_first: never(CLOSE.joinTimeout),
  already_joined: never(),
  rate_limited: same(CLOSE.rateLimited),
  held: same(),
  not_allowed: never(CLOSE.notAllowed),
  no_such_room: never(CLOSE.noSuchRoom),
  room_ended: never(CLOSE.roomEnded),
  room_locked: never(CLOSE.roomLocked),
  room_full: same(CLOSE.roomFull),
  room_busy: same(CLOSE.roomBusy),
  muted: never(CLOSE.notAllowed),
  kicked: never(CLOSE.kicked),
  bad_token: never(CLOSE.badToken),
  expired_token: never(CLOSE.expiredToken),
  auth_unavailable: same(),
  wrong_proof: never(CLOSE.wrongProof),
  unknown_target: never(),
  bus_unavailable: same(),
  server_full: same(CLOSE.serverFull),
  internal: same(),
} as const satisfies Record<string, Rule>

export type ErrorCode = keyof typeof ERROR_RULES

const MESSAGES: Readonly<Record<ErrorCode, string>> = {
  bad_frame: 'This is not a frame of the protocol.',
  unknown_type: 'This server does not know that type of frame.',
  bad_room: 'A room is 1 to 64 characters of A–Z a–z 0–9 _ -.',
  not_supported: 'This server does not offer that.',
  bad_name: 'A name is 1 to 32 visible characters.',
  bad_ttl: 'That time to live is outside what this server allows.',
  bad_before: '`before` is more than 10 s ahead of the server’s `now`.',
  unsupported_protocol: 'This server speaks protocol version 1.',
  empty_text: 'There is no text to send.',
  too_long: 'That is longer than the limit.',
  too_late: 'The time in which this message could be sent has passed.',
  rejected: 'This server does not let that message through.',
  stage_failed: 'The message could not be processed; it was not sent.',
  join_first: 'The first frame is `join`, within 5 s.',
  already_joined: 'This socket has joined already.',
  rate_limited: 'Too fast; try again a little later.',
  held: 'Held back until the message refused before it is sent again or skipped.',
  not_allowed: 'You may not do that here.',
  no_such_room: 'There is no such room.',
  room_ended: 'The room has ended.',
  room_locked: 'The room is locked.',
  room_full: 'The room is full.',
  room_busy: 'The room holds as much as it can; wait for something to vanish.',
  muted: 'You are muted in this room.',
  kicked: 'You were removed from this room.',
  bad_token: 'That token is not valid here.',
  expired_token: 'That token has expired.',
  auth_unavailable: 'Your token cannot be checked just now.',
  wrong_proof: 'That proof does not open this room.',
  unknown_target: 'That message is gone or was never here.',
  bus_unavailable: 'Messages cannot be passed on just now.',
  server_full: 'This server is full.',
  internal: 'Something went wrong on the server.',
}

/** Every error code of the protocol. Codes are stable; their messages are not. */
export const ERRORS = /* @__PURE__ */ catalogue()

function catalogue(): Readonly<Record<ErrorCode, ErrorEntry>> {
  const entries: Partial<Record<ErrorCode, ErrorEntry>> = {}
  for (const code of Object.keys(ERROR_RULES).filter(isErrorCode))
    entries[code] = { ...ERROR_RULES[code], message: MESSAGES[code] }
  return entries as Record<ErrorCode, ErrorEntry>
}

/** @returns whether `code` is in the catalogue: a newer server may send others, which clients treat as `never`. */
export function isErrorCode(code: string): code is ErrorCode {
  return Object.hasOwn(ERROR_RULES, code)
}

export function mayRetry(code: string): boolean {
  return isErrorCode(code) && ERROR_RULES[code].retry === 'same'
}
