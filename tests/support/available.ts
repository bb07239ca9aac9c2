import { Unavailable } from '../../scripts/kafka/unavailable.mjs'

export const tell = (text: string): void => void process.stderr.write(`${text}\n`)

/**
 * Whether something can be had here. Where it cannot it says so loudly, and in CI it throws: there nothing is skipped unnoticed.
 *
 * @param what is not tested without it.
 * @param ensure brings it, or throws `Unavailable`.
 */
export async function availableOrSkip(what: string, ensure: () => Promise<unknown>): Promise<boolean> {
  try {
    await ensure()
    return true
  } catch (error) {
    if (process.env['CI'] === 'true' || !(error instanceof Unavailable)) throw error
    tell(`\nNOT TESTED: ${what}. ${error.message}\n`)
    return false
  }
}
