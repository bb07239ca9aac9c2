import type { KafkaDriver, Settings } from './driver.ts'

/** What happens by when, and of what that time is made. */
export interface Bound<Part extends string> {
  /** In whole seconds; `Infinity` when it never happens, or when a setting is not known. */
  readonly seconds: number
  readonly partsMs: Readonly<Record<Part, number>>
}

export type ErasureBound = Bound<'sending' | 'retention' | 'segment' | 'check' | 'deletion'>
export type TombstoneBound = Bound<'roll' | 'lag' | 'cleaner' | 'deletion'>
export type ForgettingBound = Bound<'retention' | 'segment' | 'cleaner' | 'deletion'>

/** From sending to the append: a sender who has waited longer was told that it was not sent. Milliseconds. */
const SENDING_MS = 3_000
/** A partition with a fresh tombstone is appended to this often, in milliseconds. */
const TICK_MS = 2_000

/**
 * The age, counted from its sending, at which the bytes of a message are gone from all brokers that run.
 *
 * From Kafka's source (`UnifiedLog.deleteOldSegments`, `LogSegment.shouldRoll`, `LogManager.cleanupLogs`, read in 4.0 and looked up
 * in the classes of 4.3.1). Only whole segments are deleted. A segment ends with the first append that comes more than
 * `segment.ms` after the segment's first record; with append times, its newest record is at most so much younger than its oldest.
 * It is deleted, the active one too, at the first check that finds its newest record older than `retention.ms`; checks are
 * `log.retention.check.interval.ms` apart. Its files are renamed at once, and removed `file.delete.delay.ms` later.
 *
 * The bound is reached on a busy partition, by a message that is first in its segment. Where nothing else is appended, a message
 * is gone sooner, by as much as `segment.ms`. A broker that is down removes nothing; one that starts looks for the first time
 * after `log.initial.task.delay.ms`, by default 30 s.
 *
 * @param log the settings of the log topic, defaults included.
 * @param brokers those of every broker: any may have a replica.
 */
export function erasureBound(log: Settings, brokers: readonly Settings[]): ErasureBound {
  return boundOf({
    sending: SENDING_MS,
    retention: hasPolicy(log, 'delete') ? durationOf(log, 'retention.ms') : Number.POSITIVE_INFINITY,
    segment: durationOf(log, 'segment.ms'),
    check: slowest(brokers, 'log.retention.check.interval.ms'),
    deletion: durationOf(log, 'file.delete.delay.ms'),
  })
}

/** Asks the cluster for the settings there are now, and computes the bound from them. */
export async function readErasureBound(
  driver: Pick<KafkaDriver, 'cluster' | 'topicSettings' | 'brokerSettings'>,
  log: string,
): Promise<ErasureBound> {
  const { brokers } = await driver.cluster([log])
  const [settings, ...ofBrokers] = await Promise.all([driver.topicSettings(log), ...brokers.map(driver.brokerSettings)])
  return erasureBound(settings, ofBrokers)
}

/**
 * How long after its tombstone the bytes of a value of the state are still there, while something is appended every 2 s. The time
 * the cleaner itself needs comes on top.
 *
 * From Kafka's source (`LogCleanerManager.grabFilthiestCompactedLog`, `maxCompactionDelay`, `cleanableOffsets`): the active segment
 * is never cleaned, so the tombstone's must have ended, for which it takes an append; after `max.compaction.lag.ms` a segment is
 * cleaned however little of the log is dirty. The cleaner looks again after `log.cleaner.backoff.ms` when it found nothing.
 */
export function tombstoneBound(state: Settings, brokers: readonly Settings[]): TombstoneBound {
  const roll = durationOf(state, 'segment.ms') + TICK_MS
  const longestLag = durationOf(state, 'max.compaction.lag.ms')
  return boundOf({
    roll,
    lag: hasPolicy(state, 'compact')
      ? Math.max(durationOf(state, 'min.compaction.lag.ms'), Number.isFinite(roll) ? longestLag - roll : 0)
      : Number.POSITIVE_INFINITY,
    cleaner: cleanerPause(brokers),
    deletion: durationOf(state, 'file.delete.delay.ms'),
  })
}

/**
 * How long the bytes of a value of the state are there when nothing more is appended to its partition: after the end of all
 * gateways. On topics that are compacted as well, retention is the cleaner's work.
 *
 * On a partition that is appended to, this does not hold: cleaning joins segments, and what was joined is as young as its newest
 * record. There only tombstones erase.
 */
export function forgettingBound(state: Settings, brokers: readonly Settings[]): ForgettingBound {
  return boundOf({
    retention: hasPolicy(state, 'delete') ? durationOf(state, 'retention.ms') : Number.POSITIVE_INFINITY,
    segment: durationOf(state, 'segment.ms'),
    cleaner: cleanerPause(brokers),
    deletion: durationOf(state, 'file.delete.delay.ms'),
  })
}

/** A setting that is a time, in milliseconds; `Infinity` for one that is unlimited or not known. */
export function durationOf(settings: Settings, name: string): number {
  const text = settings[name]
  const value = text === undefined || text === '' ? Number.NaN : Number(text)
  return value >= 0 ? value : Number.POSITIVE_INFINITY
}

/** Whether a topic's `cleanup.policy`, a list, has this one. */
export function hasPolicy(settings: Settings, policy: 'compact' | 'delete'): boolean {
  return policiesOf(settings['cleanup.policy'] ?? '').includes(policy)
}

export const policiesOf = (text: string): readonly string[] =>
  text
    .split(',')
    .map((policy) => policy.trim())
    .toSorted()

function slowest(brokers: readonly Settings[], name: string): number {
  if (brokers.length === 0) return Number.POSITIVE_INFINITY
  return Math.max(...brokers.map((broker) => durationOf(broker, name)))
}

function cleanerPause(brokers: readonly Settings[]): number {
  const cleans = brokers.every((broker) => broker['log.cleaner.enable'] !== 'false')
  return cleans ? slowest(brokers, 'log.cleaner.backoff.ms') : Number.POSITIVE_INFINITY
}

function boundOf<Part extends string>(partsMs: Record<Part, number>): Bound<Part> {
  const totalMs = Object.values<number>(partsMs).reduce((total, part) => total + part, 0)
  return { seconds: Math.ceil(totalMs / 1000), partsMs }
}
