/** A clock that only moves forward, in milliseconds, and counts the time the machine slept. */
export interface Clock {
  now(): number
}

export interface Random {
  /** @returns a number from 0 up to, not including, 1; need not be unpredictable. */
  unit(): number
  /** @returns `count` unpredictable bytes. */
  bytes(count: number): Uint8Array
}

/** The part of the standard WebSocket the client uses. */
export interface Socket {
  onopen: (() => void) | null
  onmessage: ((event: { readonly data: unknown }) => void) | null
  onclose: ((event: { readonly code: number }) => void) | null
  onerror: (() => void) | null
  send(text: string): void
  close(code?: number): void
}

/**
 * What happened to the program as a whole:
 * - `online` and `offline`: the machine's network came or went.
 * - `visible`: the page is about to be seen again or hidden, or was frozen or kept in the back-forward cache.
 * - `frozen`: the page is about to stop running.
 */
export type Wake = 'online' | 'offline' | 'visible' | 'frozen'

/**
 * Everything the client needs from the world. `defaultEnvironment()` is the one for browsers and Node; a page that wants
 * punctual timers in the background gives `{ ...defaultEnvironment(), setTimer }` with a timer in a worker.
 *
 * Rooms connected with the same environment object share one timer.
 */
export interface Environment {
  readonly clock: Clock
  readonly random: Random
  /** Calls `ring` once after `delayMs`. @returns the function that cancels it. */
  readonly setTimer: (ring: () => void, delayMs: number) => () => void
  readonly openSocket: (url: string) => Socket
  readonly isOnline: () => boolean
  /** @returns the function that ends the subscription. Listeners run before anything is painted. */
  readonly onWake: (listener: (wake: Wake) => void) => () => void
}
