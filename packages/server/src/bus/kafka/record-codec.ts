import type { Key, MemberId, Offset, RoomKey, RoomRecord } from '@whisperrooms/protocol'

/** What stands between the envelope and the body: JSON has none of it. */
const LINE_END = 0x0a

/**
 * A record as the value of a Kafka message: the envelope as one line of JSON, then the body as it is. Its room is the message's
 * key.
 */
export function encodeRecord({ room: _, body, ...envelope }: RoomRecord): Buffer {
  const line = Buffer.from(`${JSON.stringify(envelope)}\n`)
  return Buffer.concat([line, body])
}

/** @returns `undefined` for what is not a record, whoever wrote it. */
export function decodeRecord(key: Buffer | null | undefined, value: Buffer | null | undefined): RoomRecord | undefined {
  if (key === null || key === undefined || value === null || value === undefined) return undefined
  const end = value.indexOf(LINE_END)
  if (end < 0) return undefined
  const envelope = parse(value.toString('utf8', 0, end))
  if (envelope === undefined || !isEnvelope(envelope)) return undefined
  const { v, kind, member, as, owner, via, joined, key: messageKey, ttl, deadline, notAfter } = envelope
  return {
    v,
    kind,
    room: key.toString() as RoomKey,
    member: member as MemberId,
    as,
    ...(owner === undefined ? {} : { owner }),
    ...(via === undefined ? {} : { via }),
    joined: joined as Offset,
    key: messageKey as Key,
    ttl,
    ...(deadline === undefined ? {} : { deadline }),
    notAfter,
    body: value.subarray(end + 1),
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

function parse(line: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(line)
    return typeof value === 'object' && value !== null ? { ...value } : undefined
  } catch {
    return undefined
  }
}

/** Whether every field is what it must be. Keys and ids go into frames as they are, so they must be harmless there. */
function isEnvelope(value: Record<string, unknown>): value is Record<string, unknown> & Envelope {
  const { v, kind, member, as, owner, via, joined, key, ttl, deadline, notAfter } = value
  return (
    v === 1 &&
    isWord(kind, 64) &&
    isWord(member, 16) &&
    isWord(key, 64) &&
    (as === 'owner' || as === 'member' || as === 'reader') &&
    (owner === undefined || isWord(owner, 64)) &&
    (via === undefined || (typeof via === 'string' && via.length <= 256)) &&
    [joined, ttl, notAfter].every((number) => Number.isFinite(number)) &&
    (deadline === undefined || Number.isFinite(deadline))
  )
}

function isWord(value: unknown, maxLength: number): value is string {
  return typeof value === 'string' && value.length <= maxLength && /^[A-Za-z0-9_-]+$/.test(value)
}
