import type { Clock, Random, Scheduler } from '../../clock.ts'
import type { ConnectionSettings, MakeDriver } from './driver.ts'
import type { TopicsOptions } from './topics.ts'

export interface KafkaOptions {
  readonly makeDriver: MakeDriver
  /** `host:port` of some brokers; the others are learnt from them. */
  readonly brokers: readonly string[]
  readonly connection: ConnectionSettings
  /** How many shards a topic made here gets; one that is there keeps its own. */
  readonly shards: number
  readonly longestTtlMs: number
  /** What the names of the topics begin with. */
  readonly topicPrefix: string
  /** How long the state topic keeps what nobody puts again; ten minutes unless a test is in a hurry. Milliseconds. */
  readonly stateRetentionMs?: number
  /** Whether topics that exist are mended; `undefined`: only those made now. */
  readonly manageTopics?: boolean | undefined
  /** Hides the rooms' names from the broker, and signs what only gateways may write; the same for all gateways. */
  readonly secret: Uint8Array
  readonly clock: Clock
  readonly scheduler: Scheduler
  readonly random: Random
  /** Something went wrong that the bus lives with; `what` is a word of ours. */
  readonly trouble: (what: string, error?: unknown) => void
}

const STATE_RETENTION_MS = 600_000

/** What is asked of the topics. */
export function topicsOptions(options: KafkaOptions): TopicsOptions {
  const { topicPrefix, shards, longestTtlMs, manageTopics, brokers, scheduler } = options
  return {
    prefix: topicPrefix,
    shards,
    longestTtlMs,
    stateRetentionMs: options.stateRetentionMs ?? STATE_RETENTION_MS,
    manage: manageTopics,
    brokers,
    scheduler,
  }
}
