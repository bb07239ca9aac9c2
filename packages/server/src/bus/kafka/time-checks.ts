import type { Settings } from './driver.ts'
import { durationOf, erasureBound, forgettingBound, tombstoneBound } from './erasure.ts'
import { brokerFault, type Fault, type Found, type FoundTopic, topicFault } from './fault.ts'
import { CHECK_INTERVAL_MS, CLEANER_BACKOFF_MS, type Lifetimes, logSettings, stateSettings } from './topic-settings.ts'

/** The bytes of a message are gone so long after the longest time to live, counted from its sending. Seconds. */
const ERASURE_EXTRA = 30
/** The bytes of a value of the state are gone so long after its tombstone, seconds, of which cleaning itself may take some. */
const TOMBSTONE_LIMIT = 20
const CLEANING = 5
/** So long after the retention of the state nothing of what the last gateway put is left. Seconds. */
const FORGETTING_EXTRA = 60

/** One setting among those that make up a time. */
interface Part {
  readonly setting: string
  readonly recommended: number
}

/** What promises a time is made of, and what is promised. Seconds; the recommended values, together, keep it. */
interface Promised {
  readonly topic: FoundTopic
  readonly bound: (topic: Settings, brokers: readonly Settings[]) => number
  readonly limit: number
  readonly ofTopic: readonly Part[]
  readonly ofBroker: readonly (Part & { readonly how: 'set on the broker' | 'set in the file' })[]
  readonly why: (bound: string, limit: number) => string
}

const CLEANER = [
  { setting: 'log.cleaner.backoff.ms', recommended: CLEANER_BACKOFF_MS, how: 'set on the broker' },
] as const

/** @returns what makes the promised times of erasure longer than promised. */
export function timeFaults({ log, state, brokers }: Found, lifetimes: Lifetimes): Fault[] {
  const ofLog = logSettings(lifetimes)
  const ofState = stateSettings(lifetimes)
  const part = <Names extends string>(wanted: Readonly<Record<Names, string>>, setting: Names): Part => ({
    setting,
    recommended: Number(wanted[setting]),
  })
  const promises: readonly Promised[] = [
    {
      topic: log,
      bound: (topic, of) => erasureBound(topic, of).seconds,
      limit: lifetimes.longestTtlMs / 1000 + ERASURE_EXTRA,
      ofTopic: [part(ofLog, 'retention.ms'), part(ofLog, 'segment.ms'), part(ofLog, 'file.delete.delay.ms')],
      ofBroker: [
        { setting: 'log.retention.check.interval.ms', recommended: CHECK_INTERVAL_MS, how: 'set in the file' },
      ],
      why: (bound, limit) => `the bytes of messages would be there ${bound}, ${limit} s are promised`,
    },
    {
      topic: state,
      bound: (topic, of) => tombstoneBound(topic, of).seconds + CLEANING,
      limit: TOMBSTONE_LIMIT,
      ofTopic: [
        part(ofState, 'segment.ms'),
        part(ofState, 'min.compaction.lag.ms'),
        part(ofState, 'max.compaction.lag.ms'),
        part(ofState, 'file.delete.delay.ms'),
      ],
      ofBroker: CLEANER,
      why: (bound, limit) => `what was taken back would be there ${bound}, ${limit} s are promised`,
    },
    {
      topic: state,
      bound: (topic, of) => forgettingBound(topic, of).seconds,
      limit: lifetimes.stateRetentionMs / 1000 + FORGETTING_EXTRA,
      ofTopic: [part(ofState, 'retention.ms'), part(ofState, 'segment.ms'), part(ofState, 'file.delete.delay.ms')],
      ofBroker: CLEANER,
      why: (bound, limit) => `what rooms are would be there ${bound} after the last gateway, ${limit} s are promised`,
    },
  ]
  return [...cleanerFaults(brokers), ...promises.flatMap((promised) => promiseFaults(promised, brokers))]
}

/** Whatever of a time that is too long is longer than recommended. */
function promiseFaults(promised: Promised, brokers: Found['brokers']): Fault[] {
  const { topic, bound, limit, ofTopic, ofBroker, why } = promised
  const reason = (seconds: number) => why(Number.isFinite(seconds) ? `for up to ${seconds} s` : 'for ever', limit)
  const seconds = bound(topic.settings, [...brokers.values()])
  if (seconds <= limit) return []
  const tooLong = (settings: Settings) => (part: Part) => durationOf(settings, part.setting) > part.recommended
  return [
    ...ofTopic
      .filter(tooLong(topic.settings))
      .map(({ setting, recommended }) =>
        topicFault(topic.name, topic.settings, setting, String(recommended), reason(seconds)),
      ),
    ...[...brokers]
      .filter(([, settings]) => bound(topic.settings, [settings]) > limit)
      .flatMap(([broker, settings]) =>
        ofBroker.filter(tooLong(settings)).map(({ setting, recommended, how }) => ({
          ...brokerFault(broker, settings, setting, String(recommended), reason(bound(topic.settings, [settings]))),
          mend: { how },
        })),
      ),
  ]
}

function cleanerFaults(brokers: Found['brokers']): Fault[] {
  return [...brokers]
    .filter(([, settings]) => settings['log.cleaner.enable'] === 'false')
    .map(([broker, settings]) =>
      brokerFault(broker, settings, 'log.cleaner.enable', 'true', 'what was taken back would never be cleaned away'),
    )
}
