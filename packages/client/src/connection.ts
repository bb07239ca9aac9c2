import {
  CLOSE,
  type ClientFrame,
  comesBack,
  ERROR_RULES,
  type ErrorCode,
  isErrorCode,
  type JoinFrame,
} from '@whisperrooms/protocol'
import type { Environment, Socket } from './environment.ts'
import { LONGEST_WAIT_MS, SHORTEST_WAIT_MS, STABLE_MS, waitMs } from './reconnect.ts'
import type { Scheduler } from './scheduler.ts'
import type { ClosedReason, ConnectionState } from './types.ts'

/** From opening a socket to its being open, and from `join` to its answer (which may take 10 s), in milliseconds. */
const OPEN_MS = 10_000
const WELCOME_MS = 12_000
/** Silence after a ping before the socket counts as dead; on waking it most often is. */
const SILENCE_MS = 10_000
const SILENCE_ON_WAKE_MS = 5_000
/** What a connection that never was closed by a frame ends with (RFC 6455 §7.1.5). */
const ABNORMAL = 1006

/** What the connection asks of the room, and tells it. */
export interface ConnectionEvents {
  url(): string
  /** The first frame of a new socket. */
  join(): JoinFrame
  received(data: unknown): void
  /** The socket is gone; what was not answered on it will not be. */
  lost(closeCode: number): void
  /** @returns whether a join refused for `why` has another form that may be tried at once. */
  canJoinOtherwise(why: ErrorCode): boolean
  closed(why: ClosedReason): void
  changed(): void
}

/** One line to the server over as many sockets as it takes: opens, watches, comes back. */
export interface Connection {
  state(): ConnectionState
  open(): void
  /** @returns whether there was a joined socket to send it on. */
  send(frame: ClientFrame): boolean
  /** `join` was answered: from here on the line is watched. */
  welcomed(heartbeatMs: number): void
  live(): void
  /** An error that names no frame of ours: it explains the close that follows. */
  explained(code: ErrorCode, retryAfterMs: number | undefined): void
  ping(): void
  /** @returns when the ping that the next pong answers was sent. */
  ponged(): number | undefined
  /** Something happened that may have broken the line or mended it. */
  woke(): void
  reconnectNow(): void
  /** Ends for good. */
  end(why: ClosedReason): void
}

interface Line {
  readonly socket: Socket
  stage: 'opening' | 'joining' | 'replaying' | 'live'
  liveSinceMs: number
  /** When the pings without an answer were sent, oldest first. */
  readonly pings: number[]
  /** Whether anything was heard since the last ping. */
  heard: boolean
  /** The error that was the last thing heard. */
  explanation: { readonly code: ErrorCode; readonly retryAfterMs: number } | undefined
}

export function createConnection(environment: Environment, scheduler: Scheduler, events: ConnectionEvents): Connection {
  let state: ConnectionState = { status: 'connecting', attempt: 1 }
  let line: Line | undefined
  let failures = 0
  let openedMs = Number.NEGATIVE_INFINITY
  let heartbeatMs = 0
  const retry = scheduler.alarm(open)
  const watchdog = scheduler.alarm(bark)

  function become(next: ConnectionState): void {
    state = next
    events.changed()
  }

  function open(): void {
    retry.clear()
    openedMs = scheduler.now()
    become({ status: 'connecting', attempt: failures + 1 })
    let socket: Socket
    try {
      socket = environment.openSocket(events.url())
    } catch {
      // A browser refuses some addresses outright, for example ws: from a page that came over https.
      comeBack(undefined)
      return
    }
    const own: Line = {
      socket,
      stage: 'opening',
      liveSinceMs: 0,
      pings: [],
      heard: false,
      explanation: undefined,
    }
    line = own
    watch(OPEN_MS)
    socket.onopen = () => {
      own.stage = 'joining'
      watch(WELCOME_MS)
      socket.send(JSON.stringify(events.join()))
    }
    socket.onmessage = ({ data }) => {
      if (!own.heard && own.pings.length > 0) watch(heartbeatMs)
      own.heard = true
      own.explanation = undefined
      scheduler.runDue()
      // What was due may have ended this line.
      if (line === own) events.received(data)
    }
    socket.onclose = ({ code }) => dropped(code)
    // Its close follows and is what counts; sockets that are event emitters throw what nobody listens to.
    socket.onerror = () => {}
  }

  function watch(ms: number): void {
    watchdog.set(scheduler.now() + ms)
  }

  function bark(): void {
    if (isJoined(line) && line.heard) ping(SILENCE_MS)
    else drop()
  }

  function ping(patienceMs: number): void {
    if (line === undefined || !send({ type: 'ping' })) return
    line.pings.push(scheduler.now())
    line.heard = false
    watch(patienceMs)
  }

  function send(frame: ClientFrame): boolean {
    if (!isJoined(line)) return false
    line.socket.send(JSON.stringify(frame))
    return true
  }

  /** Lets go of a socket that does not answer; its own close may take a minute to come. */
  function drop(): void {
    line?.socket.close()
    dropped(ABNORMAL)
  }

  /** @returns whether there was a socket. */
  function detach(): boolean {
    if (line === undefined) return false
    const { socket } = line
    socket.onopen = socket.onmessage = socket.onclose = null
    line = undefined
    watchdog.clear()
    return true
  }

  function dropped(closeCode: number): void {
    if (line === undefined) return
    const { stage, liveSinceMs, explanation } = line
    detach()
    if (stage === 'live' && scheduler.now() - liveSinceMs >= STABLE_MS) failures = 0
    events.lost(closeCode)

    // A proxy between may have lost the close code of a refused join; its error says the same. Or it put its own "left" there:
    // whoever really left does not hear of it any more.
    const final =
      (closeCode !== CLOSE.left && !comesBack(closeCode)) ||
      (explanation && stage === 'joining' && !comesBack(ERROR_RULES[explanation.code].close))
    const why = explanation?.code ?? codeOfClose(closeCode)
    if (!final) comeBack(explanation)
    else if (stage === 'joining' && events.canJoinOtherwise(why)) open()
    else end(why)
  }

  function comeBack(explained: Line['explanation']): void {
    failures++
    const offline = !environment.isOnline()
    const delayMs = offline
      ? LONGEST_WAIT_MS
      : Math.max(waitMs(failures, environment.random.unit()), explained?.retryAfterMs ?? 0)
    const retryAtMs = scheduler.now() + delayMs
    become({
      status: 'waiting',
      attempt: failures + 1,
      retryAtMs: offline ? undefined : retryAtMs,
      why: offline ? 'offline' : (explained?.code ?? 'lost'),
    })
    retry.set(retryAtMs)
  }

  function reconnectNow(): void {
    if (state.status !== 'waiting') return
    // At once, but a key held down or a network that flutters is no reason to hammer.
    const atMs = openedMs + SHORTEST_WAIT_MS
    if (scheduler.now() >= atMs) open()
    else retry.set(atMs)
  }

  function end(why: ClosedReason): void {
    send({ type: 'leave' })
    line?.socket.close(CLOSE.left)
    if (detach()) events.lost(CLOSE.left)
    retry.clear()
    become({ status: 'closed', why })
    events.closed(why)
  }

  return {
    state: () => state,
    open,
    send,
    end,
    reconnectNow,
    ping: () => ping(SILENCE_MS),

    welcomed(everyMs) {
      if (line === undefined) return
      line.stage = 'replaying'
      heartbeatMs = everyMs
      watch(heartbeatMs)
    },

    live() {
      if (line === undefined) return
      line.stage = 'live'
      line.liveSinceMs = scheduler.now()
      become({ status: 'live' })
      // Early, because the answer to a join may have been slow and makes a poor sample of bus time.
      ping(SILENCE_MS)
    },

    explained(code, retryAfterMs = 0) {
      if (line !== undefined) line.explanation = { code, retryAfterMs }
    },

    ponged: () => line?.pings.shift(),

    woke() {
      reconnectNow()
      ping(SILENCE_ON_WAKE_MS)
    },
  }
}

const isJoined = (line: Line | undefined): line is Line => line?.stage === 'replaying' || line?.stage === 'live'

/** @returns the code whose refusal closes with `closeCode`. */
function codeOfClose(closeCode: number): ErrorCode {
  const codes = Object.keys(ERROR_RULES).filter(isErrorCode)
  return codes.find((code) => ERROR_RULES[code].close === closeCode) ?? 'internal'
}
