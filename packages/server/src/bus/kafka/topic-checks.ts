import type { Settings } from './driver.ts'
import { durationOf, policiesOf } from './erasure.ts'
import { type Fault, type Found, type FoundTopic, topicFault } from './fault.ts'
import { timeFaults } from './time-checks.ts'
import {
  insyncFor,
  LARGEST_BATCH_BYTES,
  type Lifetimes,
  logSettings,
  replicasFor,
  stateSettings,
} from './topic-settings.ts'

/** What must hold of one setting of a topic. */
interface Rule {
  readonly setting: string
  readonly holds: (settings: Settings) => boolean
  readonly wanted: string
  readonly why: string
  readonly together?: Settings
}

/** @returns all that makes these topics, on these brokers, unfit for the promises; empty when they are fit. */
export function faultsOf({ log, state, brokers }: Found, lifetimes: Lifetimes): Fault[] {
  return [
    ...partitionFaults(log, state),
    ...ruleFaults(log, logRules(lifetimes)),
    ...ruleFaults(state, stateRules(lifetimes)),
    ...[log, state].flatMap((topic) => replicaFaults(topic, brokers.size)),
    ...timeFaults({ log, state, brokers }, lifetimes),
  ].filter(isFirstOfItsSetting)
}

function logRules(lifetimes: Lifetimes): Rule[] {
  const wanted = logSettings(lifetimes)
  const alive = 'messages would be gone while they are alive'
  return [
    policyRule(wanted['cleanup.policy'], 'compaction keeps one message of a room and drops the others'),
    atLeast('retention.ms', wanted['retention.ms'], alive),
    is('retention.bytes', wanted['retention.bytes'], alive),
    ...commonRules(wanted),
  ]
}

function stateRules(lifetimes: Lifetimes): Rule[] {
  const wanted = stateSettings(lifetimes)
  const forgotten = 'what rooms are would be forgotten before it is put again'
  return [
    policyRule(wanted['cleanup.policy'], 'what is out of date would stay, or what rooms are would be forgotten'),
    atLeast('retention.ms', wanted['retention.ms'], forgotten),
    is('retention.bytes', wanted['retention.bytes'], forgotten),
    {
      setting: 'delete.retention.ms',
      holds: (settings) => durationOf(settings, 'delete.retention.ms') <= 60_000,
      wanted: wanted['delete.retention.ms'],
      why: 'tombstones would pile up',
    },
    ...commonRules(wanted),
  ]
}

function commonRules(wanted: ReturnType<typeof logSettings> | ReturnType<typeof stateSettings>): Rule[] {
  return [
    is(
      'message.timestamp.type',
      wanted['message.timestamp.type'],
      'deadlines count from the broker’s time of the append',
    ),
    is('unclean.leader.election.enable', 'false', 'a broker that lacks confirmed messages could become their leader'),
    {
      setting: 'max.message.bytes',
      holds: ({ 'max.message.bytes': bytes }) => Number(bytes) >= LARGEST_BATCH_BYTES,
      wanted: wanted['max.message.bytes'],
      why: 'batches of many messages would be refused',
    },
    {
      ...is('remote.storage.enable', 'false', 'messages would be copied to a store that is not erased in time'),
      holds: (settings) => settings['remote.storage.enable'] !== 'true',
      // Kafka does not let go of one without the other.
      together: { 'remote.log.delete.on.disable': 'true' },
    },
  ]
}

const is = (setting: string, wanted: string, why: string): Rule => ({
  setting,
  holds: (settings) => settings[setting] === wanted,
  wanted,
  why,
})

const atLeast = (setting: string, wanted: string, why: string): Rule => ({
  setting,
  holds: (settings) => durationOf(settings, setting) >= Number(wanted),
  wanted,
  why,
})

const policyRule = (wanted: string, why: string): Rule => ({
  setting: 'cleanup.policy',
  holds: (settings) => policiesOf(settings['cleanup.policy'] ?? '').join() === policiesOf(wanted).join(),
  wanted,
  why,
})

function ruleFaults({ name, settings }: FoundTopic, rules: readonly Rule[]): Fault[] {
  return rules
    .filter(({ holds }) => !holds(settings))
    .map(({ setting, wanted, why, together }) => topicFault(name, settings, setting, wanted, why, together))
}

function partitionFaults(log: FoundTopic, state: FoundTopic): Fault[] {
  if (log.partitions === state.partitions) return []
  const [few, many] = log.partitions < state.partitions ? [log, state] : [state, log]
  return [
    {
      of: { topic: few.name },
      setting: 'partitions',
      actual: String(few.partitions),
      wanted: String(many.partitions),
      why: `${many.name} has ${many.partitions}, and a room is in the same partition of both`,
      level: 'error',
      mend: { how: 'add partitions' },
    },
  ]
}

/** Too many needed in sync and one broker that is down stops all writing; too few and it takes confirmed messages with it. */
function replicaFaults({ name, replicas, settings }: FoundTopic, brokers: number): Fault[] {
  if (replicas === undefined) return []
  const faults: Fault[] = []
  const insync = Number(settings['min.insync.replicas'])
  const wanted = insyncFor(replicas)
  const least = replicas > 2 ? 2 : 1
  if (!(insync >= least && insync <= wanted)) {
    const why =
      insync > wanted
        ? `with one of ${replicas} replicas away nothing could be written`
        : `with one of ${replicas} replicas gone, confirmed messages could be lost`
    faults.push(topicFault(name, settings, 'min.insync.replicas', String(wanted), why))
  }
  if (replicas < replicasFor(brokers))
    faults.push({
      of: { topic: name },
      setting: 'replicas',
      actual: String(replicas),
      wanted: String(replicasFor(brokers)),
      why: `there are ${brokers} brokers, and what only ${replicas} of them ${replicas === 1 ? 'has' : 'have'} goes with them`,
      level: 'warning',
      mend: { how: 'reassign' },
    })
  return faults
}

/** One setting may break several promises; it is mended once. */
function isFirstOfItsSetting(fault: Fault, at: number, faults: readonly Fault[]): boolean {
  const isSame = (other: Fault) =>
    other.setting === fault.setting && JSON.stringify(other.of) === JSON.stringify(fault.of)
  return faults.findIndex(isSame) === at
}
