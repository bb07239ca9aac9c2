import type { Offset, ServerFrame, ServerFrameType } from '@whisperrooms/protocol'

/** What came: a frame this client knows, and the place in the log it had, known or not. */
export interface Received {
  readonly frame: ServerFrame | undefined
  /** The frame's own offset: it moves the cursor even when the frame is not understood. */
  readonly offset: Offset | undefined
}

/**
 * The fields the client relies on in each frame it acts upon: `path:type`, the path of one that may be absent ending in `?`.
 * Whatever else is in a frame is ignored.
 */
const FIELDS = {
  welcome:
    'you.id:string you.name:string ticket:string room.ttl:number members:list count:number features:list ' +
    'cursor.epoch:string cursor.offset:number now:number limits.heartbeat:number limits.typing:number limits.inFlight:number',
  live: 'cursor.epoch:string cursor.offset:number recovered:boolean missed:count',
  message:
    'offset:number key:string from.id:string from.name:string text:string replyTo?:number at:number expires:number',
  ack: 'key:string target:number expires:number',
  removed: 'offset:number targets?:list upTo?:number',
  room: 'offset:number ttl?:number',
  presence: 'count:number joined?:list left?:list changed?:list members?:list',
  typing: 'from.id:string on:boolean',
  loaded: 'before:number',
  gap: 'cursor.epoch:string cursor.offset:number missed:count',
  error: 'code:string key?:string re?:string retryAfter?:number',
  pong: 'now:number cursor.epoch:string cursor.offset:number read:number ticket?:string',
} satisfies Partial<Record<ServerFrameType, string>>

const fieldsOf = new Map(
  Object.entries(FIELDS).map(([type, fields]) => [type, fields.split(' ').map((field) => field.split(/[.:]/))]),
)

/** @param path names that lead to the field, and its type at the end */
function hasField(frame: Record<string, unknown>, path: readonly string[]): boolean {
  let found: unknown = frame
  for (const step of path.slice(0, -1)) {
    const name = step.replace('?', '')
    found = isRecord(found) ? found[name] : undefined
    if (found === undefined && name !== step) return true
  }
  const type = path.at(-1)
  if (type === 'list') return Array.isArray(found)
  return typeof found === type || (type === 'count' && (found === null || typeof found === 'number'))
}

/** Reads one frame of the server. Never throws: what is malformed is nothing, what is unknown is its offset. */
export function decodeServerFrame(data: unknown): Received {
  const value = typeof data === 'string' ? parse(data) : undefined
  if (!isRecord(value)) return { frame: undefined, offset: undefined }
  const { type, offset } = value
  const fields = typeof type === 'string' ? fieldsOf.get(type) : undefined
  return {
    frame: fields?.every((path) => hasField(value, path)) ? (value as unknown as ServerFrame) : undefined,
    offset: typeof offset === 'number' ? (offset as Offset) : undefined,
  }
}

function parse(json: string): unknown {
  try {
    return JSON.parse(json)
  } catch {
    return undefined
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
