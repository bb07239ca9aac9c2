import { createHmac, timingSafeEqual } from 'node:crypto'
import { BEFORE_FIRST, type RoomKey } from '@whisperrooms/protocol'
import type { Attendance, BusSnapshot, GatewayId, PresentMember } from '../bus.ts'

/** Keys of the state topic: what they are of, and of whom. */
export const stateKey = {
  room: (room: RoomKey): string => `room/${room}`,
  attendance: (room: RoomKey, gateway: GatewayId): string => `here/${room}/${gateway}`,
  heartbeat: (gateway: GatewayId): string => `gateway/${gateway}`,
  lineage: ({ number, id }: Pick<Lineage, 'number' | 'id'>): string => `lineage/${number}/${id}`,
  time: (gateway: GatewayId): string => `time/${gateway}`,
  tick: 'tick',
} as const

/** What a span of offsets and times goes by: as long as it lasts, they keep their meaning. The highest number counts, then the highest id. */
export interface Lineage {
  readonly number: number
  readonly id: string
  /** The log's topic when it began; `null` when its client could not tell. */
  readonly topicId: string | null
  /** Where each partition of the log begins to count. */
  readonly starts: readonly number[]
}

/** What a gateway says of itself every two seconds. */
export interface Heartbeat {
  /** The epoch it is in. */
  readonly epoch: string
  /** The highest version of records that it can read. */
  readonly reads: number
  /** Tells whether it has the same secret. */
  readonly secret: string
}

export type SnapshotValue = Omit<BusSnapshot, 'room'> & { readonly epoch: string }

/** One entry of the state topic; `value` is `undefined` for what has ended. */
export type StateEntry =
  | { readonly type: 'room'; readonly room: RoomKey; readonly value: SnapshotValue | undefined }
  | {
      readonly type: 'attendance'
      readonly room: RoomKey
      readonly gateway: GatewayId
      readonly value: Attendance | undefined
    }
  | { readonly type: 'heartbeat'; readonly gateway: GatewayId; readonly value: Heartbeat | undefined }
  /** A heartbeat that was not written with our secret: nothing else of it may be believed. */
  | { readonly type: 'stranger'; readonly secret: string }
  | { readonly type: 'lineage'; readonly value: Lineage | undefined }
  | { readonly type: 'time'; readonly gateway: GatewayId; readonly value: number | undefined }

const MAC_BYTES = 16
const LINE_END = 0x0a

export interface StateCodec {
  /** The value of an entry: a MAC over key and content, a line end, the content as JSON. */
  encode(key: string, content: unknown): Buffer
  /** @returns `undefined` for what is no entry of ours. */
  decode(key: Buffer | null, value: Buffer | null): StateEntry | undefined
}

/** @param macKey of the control records: who may not write those may not write these. */
export function stateCodec(macKey: Uint8Array): StateCodec {
  function mac(key: string, json: Buffer): Buffer {
    return createHmac('sha256', macKey).update(`state ${key}\n`).update(json).digest().subarray(0, MAC_BYTES)
  }

  function open(key: string, value: Buffer): { readonly fields: Fields; readonly isOurs: boolean } | undefined {
    const end = value.indexOf(LINE_END)
    if (end < 0) return undefined
    const json = value.subarray(end + 1)
    const given = Buffer.from(value.toString('latin1', 0, end), 'base64url')
    const isOurs = given.length === MAC_BYTES && timingSafeEqual(given, mac(key, json))
    try {
      const content: unknown = JSON.parse(json.toString())
      return { fields: typeof content === 'object' && content !== null ? { ...content } : {}, isOurs }
    } catch {
      return undefined
    }
  }

  return {
    encode(key, content) {
      const json = Buffer.from(JSON.stringify(content))
      return Buffer.concat([Buffer.from(`${mac(key, json).toString('base64url')}\n`), json])
    },

    decode(keyBytes, value) {
      const key = keyBytes?.toString() ?? ''
      const [type, first = '', second = ''] = key.split('/')
      if (!Object.hasOwn(READERS, type ?? '')) return undefined
      const read = READERS[type as keyof typeof READERS]
      if (value === null || value.length === 0) return read(first, second, undefined)
      const content = open(key, value)
      if (content?.isOurs) return read(first, second, content.fields)
      const secret = type === 'gateway' ? content?.fields?.['secret'] : undefined
      return typeof secret === 'string' ? { type: 'stranger', secret } : undefined
    },
  }
}

type Fields = Readonly<Record<string, unknown>> | undefined

const READERS = {
  room(room: string, _: string, fields: Fields): StateEntry | undefined {
    const value = fields && readSnapshot(fields)
    return fields && !value ? undefined : { type: 'room', room: room as RoomKey, value }
  },
  here(room: string, gateway: string, fields: Fields): StateEntry | undefined {
    const value = fields && readAttendance(fields)
    return fields && !value ? undefined : { type: 'attendance', room: room as RoomKey, gateway, value }
  },
  gateway(gateway: string, _: string, fields: Fields): StateEntry | undefined {
    const value = fields && readHeartbeat(fields)
    return fields && !value ? undefined : { type: 'heartbeat', gateway, value }
  },
  lineage(_: string, __: string, fields: Fields): StateEntry | undefined {
    const value = fields && readLineage(fields)
    return fields && !value ? undefined : { type: 'lineage', value }
  },
  time(gateway: string, _: string, fields: Fields): StateEntry | undefined {
    const count = fields?.['count']
    if (fields !== undefined && typeof count !== 'number') return undefined
    return { type: 'time', gateway, value: typeof count === 'number' ? count : undefined }
  },
} satisfies Record<string, (first: string, second: string, fields: Fields) => StateEntry | undefined>

function readSnapshot(fields: NonNullable<Fields>): SnapshotValue | undefined {
  const { asOf, openedAt, lockedAt, settings, standings, epoch } = fields
  if (typeof asOf !== 'number' || typeof epoch !== 'string') return undefined
  if (typeof settings !== 'object' || settings === null) return undefined
  return {
    epoch,
    asOf: asOf as BusSnapshot['asOf'],
    // Earlier versions did not say it.
    openedAt: typeof openedAt === 'number' ? (openedAt as BusSnapshot['openedAt']) : BEFORE_FIRST,
    lockedAt: typeof lockedAt === 'number' ? (lockedAt as BusSnapshot['asOf']) : undefined,
    settings: { ...settings },
    ...(typeof standings === 'object' && standings !== null ? { standings: { ...standings } } : {}),
  }
}

function readAttendance({ members, count }: NonNullable<Fields>): Attendance | undefined {
  if (typeof count !== 'number' || !Array.isArray(members)) return undefined
  return { members: members.filter(isPresentMember), count }
}

function isPresentMember(value: unknown): value is PresentMember {
  if (typeof value !== 'object' || value === null) return false
  const { id, name, role, since }: Readonly<Record<string, unknown>> = { ...value }
  return (
    typeof id === 'string' &&
    typeof name === 'string' &&
    (role === 'owner' || role === 'member' || role === 'reader') &&
    typeof since === 'number'
  )
}

function readHeartbeat({ epoch, reads, secret }: NonNullable<Fields>): Heartbeat | undefined {
  return typeof epoch === 'string' && typeof reads === 'number' && reads >= 1 && typeof secret === 'string'
    ? { epoch, reads, secret }
    : undefined
}

function readLineage({ number, id, topicId, starts }: NonNullable<Fields>): Lineage | undefined {
  if (typeof number !== 'number' || typeof id !== 'string' || !Array.isArray(starts)) return undefined
  if (topicId !== null && typeof topicId !== 'string') return undefined
  return { number, id, topicId, starts: starts.map(Number) }
}
