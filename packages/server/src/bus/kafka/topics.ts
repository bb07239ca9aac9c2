import type { Admin } from '@platformatic/kafka'
import type { Scheduler } from '../../clock.ts'

/** The two topics of an installation. */
export interface Topics {
  readonly log: string
  readonly state: string
}

export const topicsOf = (prefix: string): Topics => ({ log: `${prefix}.log`, state: `${prefix}.state` })

/** How much longer than the longest time to live the log keeps what it holds, in milliseconds. */
const RETENTION_EXTRA_MS = 15_000
/** Segments are short, because what is deleted is deleted by the segment. */
const SEGMENT_MS = 15_000
/** What a gateway did not refresh for this long is of nobody: see `REFRESH_MS` of the state. */
const STATE_RETENTION_MS = 600_000

type Settings = Readonly<Record<string, string>>

function logSettings(longestTtlMs: number): Settings {
  return {
    'cleanup.policy': 'delete',
    'message.timestamp.type': 'LogAppendTime',
    'retention.ms': String(longestTtlMs + RETENTION_EXTRA_MS),
    'segment.ms': String(SEGMENT_MS),
    'segment.index.bytes': '65536',
    'unclean.leader.election.enable': 'false',
  }
}

const STATE_SETTINGS: Settings = {
  'cleanup.policy': 'compact,delete',
  'message.timestamp.type': 'LogAppendTime',
  'retention.ms': String(STATE_RETENTION_MS),
  'segment.ms': '5000',
  'segment.index.bytes': '65536',
  'min.cleanable.dirty.ratio': '0.01',
  'max.compaction.lag.ms': '5000',
  'delete.retention.ms': '1000',
  'unclean.leader.election.enable': 'false',
}

export interface TopicsOptions {
  readonly topics: Topics
  readonly shards: number
  readonly longestTtlMs: number
  readonly brokers: number
  readonly scheduler: Scheduler
}

/** Makes the topics that are not there yet. Two gateways that do so at once both find them made. */
export async function ensureTopics(
  admin: Admin,
  { topics, shards, longestTtlMs, brokers, scheduler }: TopicsOptions,
): Promise<void> {
  const existing = new Set(await admin.listTopics())
  const replicas = Math.min(3, brokers)
  const wanted: readonly (readonly [string, Settings])[] = [
    [topics.log, logSettings(longestTtlMs)],
    [topics.state, STATE_SETTINGS],
  ]
  for (const [topic, settings] of wanted) {
    if (existing.has(topic)) continue
    const durable = { ...settings, 'min.insync.replicas': String(Math.max(1, replicas - 1)) }
    const configs = Object.entries(durable).map(([name, value]) => ({ name, value }))
    try {
      await admin.createTopics({ topics: [topic], partitions: shards, replicas, configs })
    } catch (error) {
      if (!(await appears(admin, topic, scheduler))) throw error
    }
  }
}

/** Whether a topic that another gateway is making is there before long. */
async function appears(admin: Admin, topic: string, scheduler: Scheduler): Promise<boolean> {
  for (let i = 0; i < 20; i++) {
    if ((await admin.listTopics()).includes(topic)) return true
    await new Promise<void>((resolve) => {
      scheduler.after(100, resolve)
    })
  }
  return false
}
