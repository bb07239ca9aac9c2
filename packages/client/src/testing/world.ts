import type { ClientFrame, ServerFrame } from '@whisperrooms/protocol'
import type { Environment, Socket, Wake } from '../environment.ts'

/** One end of a socket pair; the test is the server at the other end. */
export interface TestSocket extends Socket {
  readonly url: string
  /** Everything the client sent, oldest first. */
  readonly sent: ClientFrame[]
  /** Whether the client let go of it. */
  readonly closedByClient: boolean
  open(): void
  deliver(...frames: readonly (ServerFrame | object | string)[]): void
  drop(code: number): void
}

/** A clock that stands still until it is told, sockets that do nothing by themselves. */
export interface World {
  readonly environment: Environment
  readonly sockets: TestSocket[]
  now(): number
  /** Lets time pass, ringing every timer on its way. */
  advance(ms: number): void
  /** Lets time pass without ringing: the program is frozen. */
  freeze(ms: number): void
  wake(wake: Wake): void
  setOnline(online: boolean): void
  /** The socket opened last. */
  socket(): TestSocket
  timers(): number
}

/** Lets everything happen that was promised. */
export const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

export function createWorld(): World {
  let now = 1_000
  let online = true
  let seed = 1
  const timers = new Set<{ readonly atMs: number; readonly ring: () => void }>()
  const sockets: TestSocket[] = []
  const listeners = new Set<(wake: Wake) => void>()
  const unit = () => {
    seed = (seed * 48_271) % 2_147_483_647
    return seed / 2_147_483_647
  }

  const environment: Environment = {
    clock: { now: () => now },
    random: { unit, bytes: (count) => Uint8Array.from({ length: count }, () => unit() * 256) },
    setTimer(ring, delayMs) {
      const timer = { atMs: now + delayMs, ring }
      timers.add(timer)
      return () => timers.delete(timer)
    },
    openSocket(url) {
      const socket = createSocket(url)
      sockets.push(socket)
      return socket
    },
    isOnline: () => online,
    onWake(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
  }

  return {
    environment,
    sockets,
    now: () => now,
    timers: () => timers.size,
    advance(ms) {
      const end = now + ms
      for (let rings = 0; ; rings++) {
        if (rings > 10_000) throw new Error('a timer rings for ever')
        const next = [...timers].filter(({ atMs }) => atMs <= end).sort((a, b) => a.atMs - b.atMs)[0]
        if (next === undefined) break
        timers.delete(next)
        now = Math.max(now, next.atMs)
        next.ring()
      }
      now = end
    },
    freeze(ms) {
      now += ms
    },
    wake(wake) {
      for (const listener of [...listeners]) listener(wake)
    },
    setOnline(next) {
      online = next
    },
    socket() {
      const last = sockets.at(-1)
      if (last === undefined) throw new Error('no socket was opened')
      return last
    },
  }
}

function createSocket(url: string): TestSocket {
  let closed = false
  const sent: ClientFrame[] = []
  return {
    url,
    sent,
    onopen: null,
    onmessage: null,
    onclose: null,
    onerror: null,
    get closedByClient() {
      return closed
    },
    send(text) {
      if (!closed) sent.push(JSON.parse(text))
    },
    close() {
      closed = true
    },
    open() {
      this.onopen?.()
    },
    deliver(...frames) {
      for (const frame of frames) this.onmessage?.({ data: typeof frame === 'string' ? frame : JSON.stringify(frame) })
    },
    drop(code) {
      this.onclose?.({ code })
    },
  }
}
