import type { MemberId } from '@whisperrooms/protocol'

/** The 96 bits of a member id as three unsigned 32-bit numbers: what a log entry has room for. */
export interface Author {
  readonly high: number
  readonly middle: number
  readonly low: number
}

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
const VALUES = new Uint8Array(128)
for (let i = 0; i < ALPHABET.length; i++) VALUES[ALPHABET.charCodeAt(i)] = i

/** Nobody: the author of what the room itself says. Also what a malformed id is read as. */
export const NOBODY: Author = { high: 0, middle: 0, low: 0 }

/** Reads a member id (16 characters of base64url). */
export function authorOf(member: MemberId): Author {
  if (member.length !== 16) return NOBODY
  const a = bits24(member, 0)
  const b = bits24(member, 4)
  const c = bits24(member, 8)
  const d = bits24(member, 12)
  return {
    high: ((a << 8) | (b >>> 16)) >>> 0,
    middle: ((b << 16) | (c >>> 8)) >>> 0,
    low: ((c << 24) | d) >>> 0,
  }
}

export const sameAuthor = (one: Author, other: Author): boolean =>
  one.low === other.low && one.middle === other.middle && one.high === other.high

function bits24(text: string, at: number): number {
  return (value(text, at) << 18) | (value(text, at + 1) << 12) | (value(text, at + 2) << 6) | value(text, at + 3)
}

function value(text: string, at: number): number {
  return VALUES[text.charCodeAt(at) & 127] ?? 0
}
