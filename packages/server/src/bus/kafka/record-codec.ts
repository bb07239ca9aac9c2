import { isUtf8 } from 'node:buffer'
import {
  BEFORE_FIRST,
  HASH_PATTERN,
  KEY_PATTERN,
  type Key,
  LIMITS,
  type MemberId,
  type Offset,
  OWNER_BY_TOKEN,
  type RoomKey,
  type RoomRecord,
} from '@whisperrooms/protocol'
import { readMessageBody } from './message-body.ts'
import { recordMac } from './record-mac.ts'

/** The newest version of records this gateway reads and writes. */
export const RECORD_VERSION = 1

/** The longest value there is: as much body as a frame may have, and its envelope. */
const VALUE_BYTES = LIMITS.frameBytes + 4_096
const LONGEST_TTL_SECONDS = 86_400
const VIA_CHARS = 256

/** What stands between the envelope and the body: JSON has none of it. */
const LINE_END = 0x0a

const ROOM_KEY_BYTES = 22
const ROOM_KEY_PATTERN = /^[A-Za-z0-9_-]{22}$/
const MEMBER_PATTERN = /^[A-Za-z0-9_-]{16}$/
const KIND_PATTERN = /^[A-Za-z0-9_-]{1,64}$/

/** What a message on the topic turned out to be. */
export type Decoded =
  | { readonly kind: 'record'; readonly record: RoomRecord }
  /** It is of a room, and what it says cannot be known: a gap there. */
  | { readonly kind: 'unreadable'; readonly room: RoomKey; readonly why: Unreadable }
  /** It is of no room, or claims an authority that it does not prove: nothing to anybody. */
  | { readonly kind: 'foreign'; readonly why: Foreign }

export type Unreadable = 'oversized' | 'newer' | 'bad_envelope' | 'bad_body'
export type Foreign = 'no_room_key' | 'no_value' | 'no_mac'

export interface RecordCodec {
  /**
   * @param version what to write it as: the highest that all who read it know.
   * @throws RangeError when this gateway does not write that version.
   */
  encode(record: RoomRecord, version?: number): Buffer
  /** Never throws. The body of the record may be a view of `value`. */
  decode(key: Buffer | null | undefined, value: Buffer | null | undefined): Decoded
}

/**
 * Records as messages of Kafka (docs/record-format.md): the key is the room's, the value is the envelope as one line of JSON and
 * behind it the body. Anybody who may write to the topic can write a `message`; all else carries a MAC.
 */
export function recordCodec({ macKey }: { readonly macKey: Uint8Array }): RecordCodec {
  const mac = recordMac(macKey)

  return {
    encode(record, version = RECORD_VERSION) {
      if (version !== RECORD_VERSION) throw new RangeError(`records of version ${version} cannot be written`)
      const { room, kind, body } = record
      const envelope = envelopeOf(record)
      const line = kind === 'message' ? envelope : mac.seal(room, envelope, body)
      return Buffer.concat([Buffer.from(`${line}\n`), body])
    },

    decode(key, value) {
      const room = roomKeyOf(key)
      if (room === undefined) return { kind: 'foreign', why: 'no_room_key' }
      if (value === null || value === undefined || value.length === 0) return { kind: 'foreign', why: 'no_value' }
      if (value.length > VALUE_BYTES) return unreadable(room, 'oversized')
      const end = value.indexOf(LINE_END)
      const line = value.toString('utf8', 0, Math.max(end, 0))
      const envelope = parse(line)
      if (envelope === undefined) return unreadable(room, 'bad_envelope')
      const { v, kind } = envelope
      if (typeof v === 'number' && v > RECORD_VERSION) return unreadable(room, 'newer')
      if (v !== RECORD_VERSION || typeof kind !== 'string') return unreadable(room, 'bad_envelope')
      const rest = value.subarray(end + 1)
      if (kind !== 'message' && !mac.isSealed(room, line, rest)) return { kind: 'foreign', why: 'no_mac' }
      if (!isEnvelope(envelope)) return unreadable(room, 'bad_envelope')
      if (kind !== 'message') return found(room, envelope, rest)
      if (!isOfMessage(envelope) || !isUtf8(value)) return unreadable(room, 'bad_envelope')
      const body = readMessageBody(rest, envelope.member)
      return body === undefined ? unreadable(room, 'bad_body') : found(room, envelope, body)
    },
  }
}

interface Envelope {
  readonly v: 1
  readonly kind: string
  readonly member: string
  readonly as: RoomRecord['as']
  readonly owner?: string
  readonly via?: string
  readonly joined: number
  readonly key: string
  readonly ttl: number
  readonly deadline?: number
  readonly notAfter: number
}

function roomKeyOf(key: Buffer | null | undefined): RoomKey | undefined {
  if (key === null || key === undefined || key.length !== ROOM_KEY_BYTES) return undefined
  const text = key.toString('latin1')
  return ROOM_KEY_PATTERN.test(text) ? (text as RoomKey) : undefined
}

function envelopeOf({ kind, member, as, owner, via, joined, key, ttl, deadline, notAfter }: RoomRecord): string {
  return JSON.stringify({ v: RECORD_VERSION, kind, member, as, owner, via, joined, key, ttl, deadline, notAfter })
}

function parse(line: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(line)
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined
  } catch {
    return undefined
  }
}

/** Whether every field is what it must be. Keys and ids go into frames as they are, so they must be harmless there. */
function isEnvelope(value: object): value is Envelope {
  const {
    kind,
    member,
    as,
    owner,
    via,
    joined,
    key,
    ttl,
    deadline,
    notAfter,
  }: Partial<Record<keyof Envelope, unknown>> = value
  return (
    fits(kind, KIND_PATTERN) &&
    fits(member, MEMBER_PATTERN) &&
    fits(key, KEY_PATTERN) &&
    isAuthority(as, kind) &&
    (owner === undefined || owner === OWNER_BY_TOKEN || fits(owner, HASH_PATTERN)) &&
    (via === undefined || (typeof via === 'string' && via.length <= VIA_CHARS)) &&
    Number.isSafeInteger(joined) &&
    isWithin(joined, BEFORE_FIRST, Number.MAX_SAFE_INTEGER) &&
    Number.isInteger(ttl) &&
    isWithin(ttl, 0, LONGEST_TTL_SECONDS) &&
    (deadline === undefined || isWithin(deadline, 0, Number.MAX_SAFE_INTEGER)) &&
    isWithin(notAfter, 0, Number.MAX_SAFE_INTEGER)
  )
}

/** Anybody on the topic can write a message: an operator's they are not. */
function isAuthority(as: unknown, kind: unknown): boolean {
  return as === 'member' || as === 'owner' || as === 'reader' || (as === 'operator' && kind !== 'message')
}

/** A message lives for its time to live, and as long as nothing else. */
function isOfMessage({ ttl, deadline }: Envelope): boolean {
  return ttl >= 1 && deadline === undefined
}

function fits(value: unknown, pattern: RegExp): value is string {
  return typeof value === 'string' && pattern.test(value)
}

function isWithin(value: unknown, least: number, most: number): boolean {
  return typeof value === 'number' && value >= least && value <= most
}

function unreadable(room: RoomKey, why: Unreadable): Decoded {
  return { kind: 'unreadable', room, why }
}

function found(room: RoomKey, envelope: Envelope, body: Uint8Array): Decoded {
  const { kind, member, as, owner, via, joined, key, ttl, deadline, notAfter } = envelope
  const record: Mutable<RoomRecord> = {
    v: RECORD_VERSION,
    kind,
    room,
    member: member as MemberId,
    as,
    joined: joined as Offset,
    key: key as Key,
    ttl,
    notAfter,
    body,
  }
  if (owner !== undefined) record.owner = owner
  if (via !== undefined) record.via = via
  if (deadline !== undefined) record.deadline = deadline
  return { kind: 'record', record }
}

type Mutable<T> = { -readonly [Name in keyof T]: T[Name] }
