import { createHash } from 'node:crypto'
import type { Random } from '../clock.ts'

/** Bytes that look random and are the same in every run. @param series of several that must not be alike. */
export function countingRandom(series = ''): Random {
  let count = 0
  return (bytes) => createHash('sha512').update(`${series}${count++}`).digest().subarray(0, bytes)
}
