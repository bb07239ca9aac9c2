import type { Settings } from './driver.ts'

/** The two topics of an installation. */
export interface Topics {
  readonly log: string
  readonly state: string
}

export const topicsOf = (prefix: string): Topics => ({ log: `${prefix}.log`, state: `${prefix}.state` })

/** What the settings of the topics are made for. */
export interface Lifetimes {
  readonly longestTtlMs: number
  /** How long the state topic keeps what nobody puts again. */
  readonly stateRetentionMs: number
}

/** How much longer than the longest time to live the log keeps what it holds, in milliseconds. */
export const RETENTION_EXTRA_MS = 15_000
/**
 * The largest batch that is appended, in bytes: a broker refuses what is above `max.message.bytes`, which is Kafka's word for a
 * batch. A frame has 64 KiB, a value of the state about 256 KiB.
 */
export const LARGEST_BATCH_BYTES = 1_000_000

/** How long a broker may leave between two looks for what has gone beyond its retention, in milliseconds. */
export const CHECK_INTERVAL_MS = 1_000
/** How long the cleaner of a broker may rest when there was nothing to clean, in milliseconds. */
export const CLEANER_BACKOFF_MS = 1_000

const COMMON = {
  'message.timestamp.type': 'LogAppendTime',
  'retention.bytes': '-1',
  'max.message.bytes': '2097152',
  'file.delete.delay.ms': '0',
  // Index files are made at this size, two for each partition: 10 MB each by default.
  'segment.index.bytes': '65536',
  'unclean.leader.election.enable': 'false',
} as const

/** What the log is made with: see `erasureBound` for why its segments are short. */
export const logSettings = ({ longestTtlMs }: Lifetimes) =>
  ({
    ...COMMON,
    'cleanup.policy': 'delete',
    'retention.ms': String(longestTtlMs + RETENTION_EXTRA_MS),
    'segment.ms': '10000',
  }) as const satisfies Settings

/** What the state is made with: see `tombstoneBound` for why its segments are short. */
export const stateSettings = ({ stateRetentionMs }: Lifetimes) =>
  ({
    ...COMMON,
    'cleanup.policy': 'compact,delete',
    'retention.ms': String(stateRetentionMs),
    'segment.ms': '5000',
    'min.cleanable.dirty.ratio': '0.01',
    'min.compaction.lag.ms': '0',
    'max.compaction.lag.ms': '5000',
    'delete.retention.ms': '1000',
  }) as const satisfies Settings

/** How many replicas a partition should have. */
export const replicasFor = (brokers: number): number => Math.min(3, brokers)

/** How many replicas must have a record before it is confirmed: all but one, so that one may be down and none is lost. */
export const insyncFor = (replicas: number): number => Math.max(1, replicas - 1)
