import type { Transform } from 'node:stream'
import type { Clock, Scheduler } from '../clock.ts'
import type { RoomKind } from '../plugin.ts'
import type { StageName, StagesConfig } from '../stages-config.ts'
import { enrich } from './enrich.ts'
import { filter } from './filter.ts'
import type { Refuse } from './intent.ts'
import { type Plugin, PluginLanes } from './plugin-lanes.ts'
import { redact } from './redact.ts'
import { runPlugins } from './run-plugins.ts'
import type { StageRefused, StageTools } from './said.ts'
import { wordList } from './word-list.ts'

/** Makes a stage for a pipeline. */
export type MakeStage = (refuse: Refuse) => Transform

export interface StagesOptions {
  readonly config: StagesConfig
  readonly plugins: readonly Plugin[]
  readonly clock: Clock
  readonly scheduler: Scheduler
  readonly refused: StageRefused
}

/**
 * The optional stages as they are configured, in their order; none when there are none. Where listed rooms have another order, theirs come
 * behind the others', and every message passes those that are not for it. Plugins are last, for all rooms.
 */
export function optionalStages({ config, plugins, clock, scheduler, refused }: StagesOptions): MakeStage[] {
  const { unlisted, listed, filterMode, pluginTimeoutMs: timeoutMs, pluginConcurrency: concurrency } = config
  const isOneOrder = unlisted.join() === listed.join()
  const words = wordList(config.words ?? [])
  const toolsOf = (refuse: Refuse): StageTools => ({ refuse, refused })

  const makeOne = (name: StageName, kinds: readonly RoomKind[]): MakeStage => {
    switch (name) {
      case 'enrich':
        return (refuse) => enrich(kinds, toolsOf(refuse))
      case 'redact':
        return (refuse) => redact(kinds, toolsOf(refuse))
      case 'filter':
        return (refuse) => filter(kinds, toolsOf(refuse), words, filterMode)
    }
  }

  const stages = isOneOrder
    ? unlisted.map((name) => makeOne(name, ['listed', 'unlisted']))
    : [...unlisted.map((name) => makeOne(name, ['unlisted'])), ...listed.map((name) => makeOne(name, ['listed']))]
  if (plugins.length > 0) {
    const lanes = new PluginLanes({ plugins, clock, scheduler, timeoutMs, concurrency })
    stages.push((refuse) => runPlugins(toolsOf(refuse), lanes, clock))
  }
  return stages
}
