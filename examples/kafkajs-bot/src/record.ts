import { createHmac } from 'node:crypto'

// What docs/record-format.md says, in the little of it that this bot needs.

/** Within this time, in milliseconds, one key of one member is one message, however often it is in the log. */
export const DUPLICATE_MS = 15_000

export interface Message {
  /** Whose it is: 16 characters of base64url. */
  readonly member: string
  readonly name: string
  /** Names this one message of this member: 8 to 64 characters of `A–Z a–z 0–9 _ -`. */
  readonly key: string
  /** 1 to 4,000 UTF-16 units, not blank. */
  readonly text: string
}

export const MOST_CHARS = 4_000

/** Until when a message may enter the log and how long it then lives. */
export interface Life {
  /** Milliseconds, in the broker's time. */
  readonly notAfter: number
  readonly ttlSeconds: number
}

/** What a room is called on the topic. */
export function roomKeyOf(namesKey: Buffer, room: string): string {
  return createHmac('sha256', namesKey).update(room).digest('base64url').slice(0, 22)
}

/** The partition a room is in: FNV-1a, 32 bits, over its key. */
export function partitionOf(roomKey: string, partitions: number): number {
  let hash = 0x811c9dc5
  for (const byte of Buffer.from(roomKey)) hash = Math.imul(hash ^ byte, 0x01000193)
  return (hash >>> 0) % partitions
}

/** A message as the value of a record: the envelope, a line end, the body. */
export function writeMessage({ member, name, key, text }: Message, { notAfter, ttlSeconds }: Life): Buffer {
  const envelope = { v: 1, kind: 'message', member, as: 'member', joined: -1, key, ttl: ttlSeconds, notAfter }
  const body = { from: { id: member, name }, text }
  return Buffer.from(`${JSON.stringify(envelope)}\n${JSON.stringify(body)}`)
}

/**
 * Reads a record that was appended at `at` (milliseconds, the broker's time).
 *
 * @returns `undefined` for whatever is no message, or void because it came too late.
 */
export function readMessage(value: Buffer | null, at: number): Message | undefined {
  try {
    const [line, rest] = splitAtLineEnd(value?.toString() ?? '')
    const envelope = fieldsOf(JSON.parse(line))
    if (envelope['v'] !== 1 || envelope['kind'] !== 'message' || !(at <= Number(envelope['notAfter']))) return undefined
    const body = fieldsOf(JSON.parse(rest))
    const { id, name } = fieldsOf(body['from'])
    const { member, key } = envelope
    const { text } = body
    if (id !== member || !isText(member) || !isText(name) || !isText(key) || !isText(text)) return undefined
    return { member, name, key, text }
  } catch {
    return undefined
  }
}

function splitAtLineEnd(text: string): [string, string] {
  const end = text.indexOf('\n')
  return [text.slice(0, Math.max(end, 0)), text.slice(end + 1)]
}

function fieldsOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? { ...value } : {}
}

const isText = (value: unknown): value is string => typeof value === 'string'
