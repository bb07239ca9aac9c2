import { words } from '../words.ts'

/** The number of characters left is read out when it falls below one of these, from small to large. */
const THRESHOLDS = [20, 100, 400]

/** What is to be read out of the number of characters left: the same words until the next threshold. */
export function spokenLeft(left: number): string | undefined {
  if (left < 0) return words.composer.tooLong
  const threshold = THRESHOLDS.find((one) => left < one)
  return threshold === undefined ? undefined : words.composer.leftBelow(threshold)
}
