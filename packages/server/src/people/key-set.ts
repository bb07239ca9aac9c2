import {
  type CryptoKey,
  createLocalJWKSet,
  errors,
  type FlattenedJWSInput,
  type JSONWebKeySet,
  type JWSHeaderParameters,
} from 'jose'
import type { Clock } from '../clock.ts'

/** The public keys of whoever issues tokens. */
export interface KeySet {
  /**
   * The key that a token names.
   *
   * @throws KeysUnavailable when it is not known, and it cannot be found out now whether there is one.
   * @throws errors.JOSEError when there is none.
   */
  find(header: JWSHeaderParameters, token: FlattenedJWSInput): Promise<CryptoKey>
}

/** The keys cannot be had just now. */
export class KeysUnavailable extends Error {
  override readonly name = 'KeysUnavailable'
}

export interface KeySetOptions {
  /** Reads the JSON Web Key Set (RFC 7517), in a bounded time. */
  readonly read: () => Promise<unknown>
  /** The gateway's monotonic clock, milliseconds. */
  readonly clock: Clock
  /** They could not be read: what is known goes on. */
  readonly failed: (error: unknown) => void
}

/** After this long they are read again, so that a key which was withdrawn ends. ms */
const FRESH_MS = 5 * 60_000
/** How long they are not read again, after it has failed, and after somebody named a key that there is none of. ms */
const COOL_DOWN_MS = 10_000

/** Reads keys when they are first needed, when they have become old, and when one is named that is not among them. */
export function keySet({ read, clock, failed }: KeySetOptions): KeySet {
  let known: ReturnType<typeof createLocalJWKSet> | undefined
  let readMs = Number.NEGATIVE_INFINITY
  let failedMs = Number.NEGATIVE_INFINITY
  /** Since the last time they were read. */
  let isDown = false
  let missedMs = Number.NEGATIVE_INFINITY
  let reading: Promise<void> | undefined

  const isPast = (sinceMs: number, ms: number): boolean => clock() - sinceMs >= ms

  /** Those who wait for the keys wait together. */
  function refresh(): Promise<void> {
    if (reading === undefined && isDown && !isPast(failedMs, COOL_DOWN_MS)) return Promise.resolve()
    reading ??= readOnce().finally(() => {
      reading = undefined
    })
    return reading
  }

  async function readOnce(): Promise<void> {
    try {
      known = createLocalJWKSet((await read()) as JSONWebKeySet)
      readMs = clock()
      isDown = false
    } catch (error) {
      failedMs = clock()
      isDown = true
      failed(error)
    }
  }

  async function lookUp(header: JWSHeaderParameters, token: FlattenedJWSInput): Promise<CryptoKey | undefined> {
    try {
      return await known?.(header, token)
    } catch (error) {
      if (error instanceof errors.JWKSNoMatchingKey) return undefined
      throw error
    }
  }

  return {
    async find(header, token) {
      const isOld = isPast(readMs, FRESH_MS)
      if (isOld) await refresh()
      let found = await lookUp(header, token)
      // It may be a new one.
      if (found === undefined && !isOld && isPast(missedMs, COOL_DOWN_MS)) {
        await refresh()
        found = await lookUp(header, token)
        if (found === undefined) missedMs = clock()
      }
      if (found !== undefined) return found
      throw isDown ? new KeysUnavailable() : new errors.JWKSNoMatchingKey()
    },
  }
}
