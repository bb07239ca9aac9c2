/** Longest time between two attempts, in milliseconds. */
export const LONGEST_WAIT_MS = 20_000
/** Shortest time between two attempts, in milliseconds. */
export const SHORTEST_WAIT_MS = 500
/** Live for this long, a connection is stable and the next loss starts counting anew. */
export const STABLE_MS = 5_000

/**
 * Full jitter over an exponential bound (AWS, "Exponential Backoff and Jitter"), so that the members of a lost gateway
 * do not come back in step: between 0.5 s and min(20 s, 0.5 s × 2^failures).
 *
 * @param failures attempts that failed in a row, at least 1
 * @param unit random, 0 ≤ unit < 1
 * @returns milliseconds until the next attempt
 */
export function waitMs(failures: number, unit: number): number {
  return jitterMs(SHORTEST_WAIT_MS, LONGEST_WAIT_MS, failures, unit)
}

/** Until a refused message is sent again when the server gave no advice, in milliseconds: 250 ms to 2 s. */
export function resendMs(refusals: number, unit: number): number {
  return jitterMs(250, 2_000, refusals, unit)
}

function jitterMs(shortest: number, longest: number, failures: number, unit: number): number {
  return shortest + unit * (Math.min(longest, shortest * 2 ** failures) - shortest)
}
