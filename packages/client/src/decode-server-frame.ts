import type { Offset, ServerFrame, ServerFrameType } from '@whisperrooms/protocol'

/** What came: a frame this client knows, and the place in the log it had, known or not. */
export interface Received {
  readonly frame: ServerFrame | undefined
  /** The frame's own offset: it moves the cursor even when the frame is not understood. */
  readonly offset: Offset | undefined
}

/**
 * The fields the client relies on in each frame it acts upon, as `path:kinds`; `none` may be absent. Whatever else is in a frame
 * is ignored.
 */
const FIELDS: Readonly<Partial<Record<ServerFrameType, string>>> = {
  welcome:
    'you.id:string you.name:string ticket:string room.ttl:number members:list count:number features:list ' +
    'cursor.epoch:string cursor.offset:number now:number limits.heartbeat:number limits.typing:number limits.inFlight:number',
  live: 'cursor.epoch:string cursor.offset:number recovered:boolean missed:number|null',
  message:
    'offset:number key:string from.id:string from.name:string text:string at:number expires:number replyTo:number|none',
  ack: 'key:string target:number expires:number',
  removed: 'offset:number targets:list|none upTo:number|none',
  room: 'offset:number ttl:number|none',
  presence: 'count:number joined:list|none left:list|none changed:list|none members:list|none',
  typing: 'from.id:string on:boolean',
  loaded: 'before:number',
  gap: 'cursor.epoch:string cursor.offset:number missed:number|null',
  error: 'code:string key:string|none re:string|none retryAfter:number|none',
  pong: 'now:number cursor.epoch:string cursor.offset:number read:number ticket:string|none',
}

/** Reads one frame of the server. Never throws: what is malformed is nothing, what is unknown is its offset. */
export function decodeServerFrame(data: unknown): Received {
  const value = typeof data === 'string' ? parse(data) : undefined
  const { type, offset } = isRecord(value) ? value : {}
  const fields = typeof type === 'string' && Object.hasOwn(FIELDS, type) ? FIELDS[type as ServerFrameType] : undefined
  return {
    frame: fields?.split(' ').every((field) => has(value, field)) ? (value as ServerFrame) : undefined,
    offset: typeof offset === 'number' ? (offset as Offset) : undefined,
  }
}

function has(frame: unknown, field: string): boolean {
  const [path = '', kinds = ''] = field.split(':')
  let found = frame
  for (const name of path.split('.')) found = isRecord(found) ? found[name] : undefined
  const kind = found === undefined ? 'none' : found === null ? 'null' : Array.isArray(found) ? 'list' : typeof found
  return kinds.includes(kind)
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
