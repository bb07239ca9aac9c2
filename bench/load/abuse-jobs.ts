import type { Where, Window } from './jobs.ts'

/**
 * What an abuser does a hundred times as often as it may.
 * - `messages`: messages, each under a key of its own
 * - `typing`, `pings`: frames that are cheap to write
 * - `control`: pings of the WebSocket layer
 * - `nonsense`: frames that are none, in binary, cut off, of no known type
 * - `upgrades`: connections, without anything on them
 */
export const ABUSE_KINDS = ['messages', 'typing', 'pings', 'control', 'nonsense', 'upgrades'] as const
export type AbuseKind = (typeof ABUSE_KINDS)[number]

/** One abuser, and where: `rooms` of others, or one of its own when there is none. */
export interface Abuser {
  readonly kind: AbuseKind
  readonly room: string
  /** Frames, or for `upgrades` connections, per second. */
  readonly rate: number
}

/** Abusers who are silent until told to talk, and gone when told to hush. */
export interface AbuseJob extends Where {
  readonly kind: 'abuse'
  readonly abusers: readonly Abuser[]
}

/** What one abuser did and met in all the time it talked. */
export interface AbuseTally {
  readonly kind: AbuseKind
  /** Frames the kernel took, or connections that were asked for. */
  readonly sent: number
  /** How long it was in the room, or for `upgrades` at work, in seconds. */
  readonly seconds: number
  /** Frames that were due and not written, because the gateway did not read what was written before. */
  readonly heldBack: number
  /** Connections that were switched to WebSocket, and those that were refused by HTTP status. */
  readonly connections: number
  readonly refusedUpgrades: Readonly<Record<string, number>>
  /** Errors by code, and ends by close code (`none`: without a close frame). */
  readonly refusals: Readonly<Record<string, number>>
  readonly closes: Readonly<Record<string, number>>
}

export interface AbuseResult {
  readonly tallies: readonly AbuseTally[]
}

/** People in rooms of equal size, who say a little. Times in seconds. */
export interface HonestJob extends Where {
  readonly kind: 'honest'
  /** What the rooms' names begin with. */
  readonly prefix: string
  readonly rooms: number
  readonly membersPerRoom: number
  /** Messages per second and room. */
  readonly rate: number
  readonly rounds: number
  readonly window: number
  readonly settle: number
  /** From the abusers' leaving until everybody has been told that they left. */
  readonly recover: number
}

/** `calm`: no abuse; `decoy`: it goes to another gateway, which shares the abusers' core; `abuse`: it goes to the one that is measured. */
export interface HonestRound {
  readonly calm: Window
  readonly decoy: Window
  readonly abuse: Window
}

export interface HonestResult {
  readonly rounds: readonly HonestRound[]
  readonly errors: Readonly<Record<string, number>>
}
