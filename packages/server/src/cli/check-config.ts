import { type Config, readConfig } from '../config.ts'
import { warningsOf } from '../config-warnings.ts'
import { ConfigError } from '../environment.ts'
import { gatherSettings } from '../settings.ts'
import type { Surroundings } from './commands.ts'

/** Reads the configuration as a start would, and starts nothing; neither does it import plugins. */
export function checkConfig(flags: readonly string[], { env, stdout, stderr }: Surroundings): number {
  let config: Config
  try {
    config = readConfig(gatherSettings(flags, env))
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    stderr.write(`${error.mistakes.join('\n')}\n`)
    return 1
  }
  for (const warning of warningsOf(config)) stderr.write(`Warning: ${warning}\n`)
  stdout.write('The configuration is in order.\n')
  return 0
}
