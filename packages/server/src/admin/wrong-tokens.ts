import type { Clock } from '../clock.ts'

/** Wrong tokens from one address within the span; the next ones are too many. */
const MOST = 10
const SPAN_MS = 60_000
/** Addresses that are remembered; when there are more, those that began first are forgotten. */
const ADDRESSES = 10_000

interface Tries {
  readonly sinceMs: number
  count: number
}

/** Counts the wrong tokens of each address. */
export interface WrongTokens {
  /** @returns how long wrong tokens of the address are too many, in milliseconds; 0 when they are not. */
  waitMs(address: string): number
  /** @returns whether it was the first within the span. */
  wrong(address: string): boolean
}

/** @param clock the gateway's monotonic clock. */
export function wrongTokens(clock: Clock): WrongTokens {
  const tries = new Map<string, Tries>()

  function current(address: string): Tries | undefined {
    const known = tries.get(address)
    return known !== undefined && clock() - known.sinceMs < SPAN_MS ? known : undefined
  }

  return {
    waitMs(address) {
      const known = current(address)
      return known === undefined || known.count < MOST ? 0 : known.sinceMs + SPAN_MS - clock()
    },
    wrong(address) {
      const known = current(address)
      if (known !== undefined) {
        known.count++
        return false
      }
      tries.delete(address)
      tries.set(address, { sinceMs: clock(), count: 1 })
      const [oldest] = tries.size > ADDRESSES ? tries.keys() : []
      if (oldest !== undefined) tries.delete(oldest)
      return true
    },
  }
}
