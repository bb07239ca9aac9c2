import type { ClientFrame, ClientFrameOf } from '@whisperrooms/protocol'
import type { TestSocket, World } from './world.ts'

export const TTL_MS = 60_000
const DUPLICATE_MS = 15_000
const BUS_AHEAD = 7_000_000

interface Entry {
  readonly offset: number
  readonly key: string
  readonly member: string
  readonly text: string
  readonly at: number
}

/** A send that the gateway has accepted and the bus has not confirmed. */
interface Pending {
  readonly line: Line
  readonly frame: ClientFrameOf<'send'>
  /** Its sender was told that the bus does not answer; it may arrive nevertheless. */
  refused: boolean
}

interface Line {
  readonly socket: TestSocket
  /** How many of the client's frames were handled. */
  handled: number
  /** Frames written and not yet delivered. */
  readonly written: object[]
  joined: boolean
  up: boolean
  hold: string | undefined
  /** The first message held behind it: when the hold is acknowledged late, this is what must come next. */
  held: string | undefined
}

/**
 * A gateway over a log in memory that keeps the protocol's rules to the letter and is otherwise as unkind as they allow: the test
 * decides when the bus takes what, when frames are delivered, and when what breaks.
 */
export interface Gateway {
  /** What a member who was always there has seen: text by key, each key once across epochs. */
  readonly seen: ReadonlyMap<string, string>
  /** Keys of what came too late once: tried again, it has lost its turn. */
  readonly late: ReadonlySet<string>
  /** Handles the client's frames, refusing each `send` with `code` where one is given. */
  handle(code?: 'rate_limited' | 'bus_unavailable'): void
  /** The bus takes the oldest of what was accepted; `-1` all of it. */
  append(count?: number): void
  /** The bus does not answer for the oldest of what was accepted, which may arrive later. */
  stall(): void
  /** Delivers frames to the client; `-1` all of them. */
  deliver(count?: number): void
  say(text: string): void
  /** Breaks the connection; what was not delivered is lost. */
  cut(): void
  /** Comes up again with an empty log. */
  restart(): void
}

export function createGateway(world: World, you: string): Gateway {
  const now = () => world.now() + BUS_AHEAD
  const seen = new Map<string, string>()
  const late = new Set<string>()
  let epoch = 1
  let log: Entry[] = []
  let pending: Pending[] = []
  let offset = 0
  let said = 0
  const lines = new Map<TestSocket, Line>()

  const cursor = (at: number) => ({ epoch: `e${epoch}`, offset: at })
  const isAlive = (entry: Entry) => entry.at + TTL_MS > now()
  const frameOf = ({ offset: at, key, member, text, at: atMs }: Entry) => ({
    type: 'message',
    offset: at,
    key,
    from: { id: member, name: member },
    text,
    at: atMs,
    expires: atMs + TTL_MS,
  })
  const current = (): Line | undefined => [...lines.values()].find(({ up }) => up)

  /** Every socket that the client opened is accepted as soon as anybody looks. */
  function accept(): void {
    for (const socket of world.sockets) {
      if (lines.has(socket)) continue
      lines.set(socket, { socket, handled: 0, written: [], joined: false, up: true, hold: undefined, held: undefined })
      socket.open()
    }
    for (const line of lines.values()) {
      if (line.socket.closedByClient) line.up = false
    }
  }

  function write(line: Line, frame: object): void {
    if (line.up) line.written.push(frame)
  }

  function join(line: Line, frame: ClientFrameOf<'join'>): void {
    const returns = frame.cursor?.epoch === `e${epoch}` ? frame.cursor.offset : undefined
    const start = returns ?? -1
    const after = log.filter((entry) => entry.offset > start)
    const member = { id: you, name: 'You', role: 'member' }
    write(line, {
      type: 'welcome',
      protocol: 1,
      features: [],
      you: member,
      ticket: 't',
      room: { id: 'tea', ttl: TTL_MS / 1000, history: 'live', locked: false, listed: false, sealed: false },
      members: [member],
      count: 1,
      cursor: cursor(start),
      now: now(),
      limits: { heartbeat: 15_000, typing: 3_000, inFlight: 5 },
    })
    for (const entry of after.filter(isAlive)) write(line, frameOf(entry))
    const missed = after.filter((entry) => !isAlive(entry) && entry.member !== you).length
    write(line, {
      type: 'live',
      cursor: cursor(offset - 1),
      recovered: returns !== undefined,
      missed: returns === undefined ? null : missed,
      more: false,
    })
    line.joined = true
  }

  function send(line: Line, frame: ClientFrameOf<'send'>, code: string | undefined): void {
    if (line.hold !== undefined && line.hold !== frame.key) {
      line.held ??= frame.key
      write(line, { type: 'error', code: 'held', message: '', key: frame.key })
      return
    }
    line.hold = undefined
    line.held = undefined
    if ((frame.before ?? 0) < now()) {
      late.add(frame.key)
      write(line, { type: 'error', code: 'too_late', message: '', key: frame.key })
    } else if (code !== undefined) {
      line.hold = frame.key
      write(line, { type: 'error', code, message: '', key: frame.key })
    } else pending.push({ line, frame, refused: false })
  }

  function take(line: Line, frame: ClientFrame, code: string | undefined): void {
    if (frame.type === 'join') join(line, frame)
    if (frame.type === 'send') send(line, frame, code)
    if (frame.type === 'skip' && line.hold === frame.key) {
      line.hold = undefined
      line.held = undefined
    }
    if (frame.type === 'ping') write(line, { type: 'pong', now: now(), cursor: cursor(offset - 1), read: now() })
  }

  function put(member: string, key: string, text: string): Entry {
    const entry = { offset: offset++, key, member, text, at: now() }
    log.push(entry)
    for (const line of lines.values()) if (line.joined) write(line, frameOf(entry))
    if (!seen.has(key)) seen.set(key, text)
    return entry
  }

  function appendOne(): void {
    const one = pending.shift()
    if (one === undefined) return
    const { line, frame, refused } = one
    const { key, text, before = 0 } = frame
    if (before < now()) {
      late.add(key)
      if (!refused) write(line, { type: 'error', code: 'too_late', message: '', key })
      return
    }
    const first = log.find((entry) => entry.key === key && entry.at + DUPLICATE_MS > now())
    const entry = first ?? put(you, key, text)
    if (line.hold === key) {
      line.hold = line.held
      line.held = undefined
    }
    const ack = { type: 'ack', key, target: entry.offset, expires: entry.at + TTL_MS }
    write(line, first === undefined ? ack : { ...ack, duplicate: true })
  }

  return {
    seen,
    late,
    handle(code) {
      accept()
      const line = current()
      if (line === undefined) return
      for (; line.handled < line.socket.sent.length; line.handled++) {
        const frame = line.socket.sent[line.handled]
        if (frame !== undefined) take(line, frame, code)
      }
    },
    append(count = -1) {
      for (let left = count < 0 ? pending.length : count; left > 0; left--) appendOne()
    },
    stall() {
      const one = pending.find(({ refused }) => !refused)
      if (one === undefined) return
      one.refused = true
      one.line.hold ??= one.frame.key
      write(one.line, { type: 'error', code: 'bus_unavailable', message: '', key: one.frame.key })
    },
    deliver(count = -1) {
      const line = current()
      if (line === undefined) return
      for (const frame of line.written.splice(0, count < 0 ? line.written.length : count)) {
        if (line.up) line.socket.deliver(frame)
      }
    },
    say(text) {
      put('anna', `anna-says-${said++}`, text)
    },
    cut() {
      accept()
      const line = current()
      if (line === undefined) return
      line.up = false
      line.socket.drop(1006)
    },
    restart() {
      this.cut()
      epoch++
      log = []
      pending = []
      offset = 0
    },
  }
}
