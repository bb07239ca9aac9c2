import { readConfig } from '../config.ts'
import { ConfigError } from '../environment.ts'
import { gatherSettings } from '../settings.ts'
import type { Surroundings } from './commands.ts'

/** Reads the configuration as a start would, and starts nothing. */
export function checkConfig(flags: readonly string[], { env, stdout, stderr }: Surroundings): number {
  try {
    readConfig(gatherSettings(flags, env))
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    stderr.write(`${error.mistakes.join('\n')}\n`)
    return 1
  }
  stdout.write('The configuration is in order.\n')
  return 0
}
