import type { Clock, Environment, Random, Socket, Wake } from './environment.ts'

/** The globals of browsers and Node that are used here; this file alone touches them. */
interface Globals extends Partial<EventSource> {
  readonly performance: { now(): number }
  readonly Date: { now(): number }
  readonly Math: { random(): number }
  readonly crypto: { getRandomValues(bytes: Uint8Array): Uint8Array }
  readonly WebSocket: new (url: string) => Socket
  readonly setTimeout: (ring: () => void, delayMs: number) => unknown
  readonly clearTimeout: (timer: unknown) => void
  readonly navigator?: { readonly onLine?: boolean }
  readonly document?: EventSource
}

interface EventSource {
  addEventListener(type: string, listener: () => void): void
  removeEventListener(type: string, listener: () => void): void
}

const globals = globalThis as unknown as Globals

/** Below this a jump of the wall clock is a correction of it, above it counts as sleep. */
const SLEEP_MS = 2_000

let shared: Environment | undefined

/** The environment of browsers and of Node 22 or later. Always the same object, so that all rooms share one timer. */
export function defaultEnvironment(): Environment {
  shared ??= {
    clock: clockThatCountsSleep(globals.performance, globals.Date),
    random,
    setTimer,
    openSocket: (url) => new globals.WebSocket(url),
    isOnline: () => globals.navigator?.onLine !== false,
    onWake,
  }
  return shared
}

/**
 * `performance.now()` stands still while many systems sleep, and a message must not outlive its deadline by a night.
 * A forward jump of the wall clock against it is taken for sleep: if somebody moved the clock instead, messages leave
 * early, which is the safe side. A backward jump changes nothing.
 */
export function clockThatCountsSleep(monotonic: Clock, wall: Clock): Clock {
  let ahead = wall.now() - monotonic.now()
  let sleptMs = 0
  return {
    now() {
      const running = monotonic.now()
      const jump = wall.now() - running - ahead
      if (jump > SLEEP_MS) sleptMs += jump
      ahead += jump
      return running + sleptMs
    },
  }
}

const random: Random = {
  unit: () => globals.Math.random(),
  bytes: (count) => globals.crypto.getRandomValues(new Uint8Array(count)),
}

function setTimer(ring: () => void, delayMs: number): () => void {
  const timer = globals.setTimeout(ring, delayMs)
  return () => globals.clearTimeout(timer)
}

function onWake(listener: (wake: Wake) => void): () => void {
  const { document } = globals
  const ends: (() => void)[] = []
  const hear = (target: Partial<EventSource> | undefined, type: string, wake: Wake) => {
    const listen = () => listener(wake)
    target?.addEventListener?.(type, listen)
    ends.push(() => target?.removeEventListener?.(type, listen))
  }
  hear(globals, 'online', 'online')
  hear(globals, 'offline', 'offline')
  hear(globals, 'pageshow', 'visible')
  // Also when it hides: nothing dead is kept by what the system does with hidden pages.
  hear(document, 'visibilitychange', 'visible')
  hear(document, 'resume', 'visible')
  hear(document, 'freeze', 'frozen')
  return () => {
    for (const end of ends) end()
  }
}
