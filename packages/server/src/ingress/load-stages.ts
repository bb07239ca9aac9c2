import type { Clock, Scheduler } from '../clock.ts'
import type { StagesConfig } from '../stages-config.ts'
import { loadPlugins } from './load-plugins.ts'
import { type MakeStage, optionalStages } from './optional-stages.ts'
import type { StageRefused } from './said.ts'

export interface LoadOptions {
  readonly clock: Clock
  readonly scheduler: Scheduler
  readonly refused: StageRefused
}

/**
 * Everything the configuration puts between, plugins loaded. Call once, before all else that a start does.
 *
 * @throws ConfigError for a plugin that cannot be used.
 */
export async function loadStages(config: StagesConfig, options: LoadOptions): Promise<MakeStage[]> {
  const plugins = await loadPlugins(config.plugins, options.scheduler)
  return optionalStages({ ...options, config, plugins })
}
