import { expect, test } from 'vitest'
import type { Settings } from './driver.ts'
import type { Fault, Found } from './fault.ts'
import { faultsOf } from './topic-checks.ts'
import { unfit } from './topic-error.ts'
import { insyncFor, logSettings, stateSettings } from './topic-settings.ts'

const LIFETIMES = { longestTtlMs: 300_000, stateRetentionMs: 600_000 }
const BROKER = {
  'log.retention.check.interval.ms': '1000',
  'log.cleaner.backoff.ms': '1000',
  'log.cleaner.enable': 'true',
}

interface Change {
  readonly log?: Settings
  readonly state?: Settings
  readonly replicas?: number | undefined
  readonly partitions?: { readonly log: number; readonly state: number }
  readonly brokers?: readonly Settings[]
}

/** Topics as they are made, and brokers as they should be, but for `change`. */
function found({ log, state, partitions, brokers = [{}, {}, {}], ...change }: Change): Found {
  const replicas = 'replicas' in change ? change.replicas : Math.min(3, brokers.length)
  const insync = { 'min.insync.replicas': String(insyncFor(replicas ?? 3)) }
  return {
    log: {
      name: 'rooms.log',
      partitions: partitions?.log ?? 64,
      replicas,
      settings: { ...logSettings(LIFETIMES), ...insync, ...log },
    },
    state: {
      name: 'rooms.state',
      partitions: partitions?.state ?? 64,
      replicas,
      settings: { ...stateSettings(LIFETIMES), ...insync, ...state },
    },
    brokers: new Map(brokers.map((settings, at) => [at + 1, { ...BROKER, ...settings }])),
  }
}

const check = (change: Change): Fault[] => faultsOf(found(change), LIFETIMES)
const brief = ({ of, setting, wanted, level, mend }: Fault) => [
  'topic' in of ? of.topic : of.broker,
  setting,
  wanted,
  level === 'error' ? mend.how : level,
]

test.each([1, 2, 3, 5])('topics as they are made are fit, on %i brokers', (brokers) => {
  expect(check({ brokers: Array.from({ length: brokers }, () => ({})) })).toEqual([])
})

test.each([
  ['retention.ms', '314999', '315000', 'gone while they are alive'],
  ['retention.ms', '86400000', '315000', 'for up to 86414 s, 330 s are promised'],
  ['retention.ms', '-1', '315000', 'for ever'],
  ['retention.bytes', '1073741824', '-1', 'gone while they are alive'],
  ['message.timestamp.type', 'CreateTime', 'LogAppendTime', 'deadlines'],
  ['cleanup.policy', 'compact', 'delete', 'drops the others'],
  ['cleanup.policy', 'compact,delete', 'delete', 'drops the others'],
  ['segment.ms', '604800000', '10000', '330 s are promised'],
  ['file.delete.delay.ms', '60000', '0', 'for up to 389 s'],
  ['min.insync.replicas', '3', '2', 'nothing could be written'],
  ['min.insync.replicas', '1', '2', 'could be lost'],
  ['unclean.leader.election.enable', 'true', 'false', 'lacks confirmed messages'],
  ['max.message.bytes', '65536', '2097152', 'refused'],
  ['remote.storage.enable', 'true', 'false', 'copied'],
])('a log with %s=%s is refused, and %s is wanted', (setting, actual, wanted, why) => {
  expect(check({ log: { [setting]: actual } })).toEqual([
    expect.objectContaining({
      of: { topic: 'rooms.log' },
      setting,
      actual,
      wanted,
      level: 'error',
      why: expect.stringContaining(why),
      mend: { how: 'set on the topic', settings: expect.objectContaining({ [setting]: wanted }) },
    }),
  ])
})

test.each([
  ['retention.ms', '60000', '600000'],
  ['retention.ms', '86400000', '600000'],
  ['retention.bytes', '1048576', '-1'],
  ['message.timestamp.type', 'CreateTime', 'LogAppendTime'],
  ['cleanup.policy', 'delete', 'compact,delete'],
  ['cleanup.policy', 'compact', 'compact,delete'],
  ['segment.ms', '60000', '5000'],
  ['min.compaction.lag.ms', '60000', '0'],
  ['max.compaction.lag.ms', '9223372036854775807', '5000'],
  ['delete.retention.ms', '86400000', '1000'],
  ['file.delete.delay.ms', '60000', '0'],
  ['min.insync.replicas', '3', '2'],
  ['unclean.leader.election.enable', 'true', 'false'],
  ['max.message.bytes', '65536', '2097152'],
])('a state with %s=%s is refused, and %s is wanted', (setting, actual, wanted) => {
  expect(check({ state: { [setting]: actual } }).map(brief)).toEqual([
    ['rooms.state', setting, wanted, 'set on the topic'],
  ])
})

test('settings may differ from those topics are made with as long as every promise is kept', () => {
  expect(check({ state: { 'cleanup.policy': 'delete, compact', 'min.cleanable.dirty.ratio': '0.5' } })).toEqual([])
  expect(check({ log: { 'segment.ms': '2000', 'file.delete.delay.ms': '5000' } })).toEqual([])
  expect(check({ log: { 'max.message.bytes': '1048588' } })).toEqual([])
})

test.each([
  ['log.retention.check.interval.ms', '300000', '1000', 'set in the file'],
  ['log.cleaner.backoff.ms', '15000', '1000', 'set on the broker'],
  ['log.cleaner.enable', 'false', 'true', 'set in the file'],
] as const)('a broker with %s=%s is refused, whichever of them it is', (setting, actual, wanted, how) => {
  expect(check({ brokers: [{}, { [setting]: actual }, {}] }).map(brief)).toEqual([[2, setting, wanted, how]])
})

test('a broker’s delay of deletion is outweighed by the topic’s own', () => {
  expect(check({ brokers: [{ 'log.segment.delete.delay.ms': '60000' }] })).toEqual([])
})

test('with two replicas one confirms, with more it takes at least two', () => {
  expect(check({ brokers: [{}, {}], log: { 'min.insync.replicas': '2' } }).map(brief)).toEqual([
    ['rooms.log', 'min.insync.replicas', '1', 'set on the topic'],
  ])
  const five = { brokers: [{}, {}, {}, {}, {}], replicas: 5 }
  const insync = (count: string) => ({ 'min.insync.replicas': count })
  expect(check({ ...five, log: insync('2'), state: insync('3') })).toEqual([])
  expect(check({ ...five, log: insync('1'), state: insync('5') })).toHaveLength(2)
})

test('a single replica that has to be two can never be written', () => {
  expect(check({ brokers: [{}], log: { 'min.insync.replicas': '2' } }).map(brief)).toEqual([
    ['rooms.log', 'min.insync.replicas', '1', 'set on the topic'],
  ])
})

test('fewer replicas than there could be are a warning', () => {
  expect(check({ replicas: 1 }).map(brief)).toEqual([
    ['rooms.log', 'replicas', '3', 'warning'],
    ['rooms.state', 'replicas', '3', 'warning'],
  ])
})

test('without knowing the replicas nothing is said of them', () => {
  expect(check({ replicas: undefined, log: { 'min.insync.replicas': '3' } })).toEqual([])
})

test.each([
  [4, 2, 'rooms.state', '4'],
  [2, 4, 'rooms.log', '4'],
])('with %i partitions of the log and %i of the state, some are missing', (log, state, topic, wanted) => {
  expect(check({ partitions: { log, state } }).map(brief)).toEqual([[topic, 'partitions', wanted, 'add partitions']])
})

test('the error has one line for each fault and the commands that mend them', () => {
  const faults = check({
    log: { 'retention.ms': '60000', 'cleanup.policy': 'compact,delete', 'remote.storage.enable': 'true' },
    state: { 'cleanup.policy': 'delete', 'segment.ms': '60000' },
    partitions: { log: 64, state: 1 },
    brokers: [
      {},
      { 'log.retention.check.interval.ms': '300000', 'log.cleaner.enable': 'false', 'log.cleaner.backoff.ms': '15000' },
      {},
    ],
  })
  const error = unfit(faults, ['kafka-1:9092', 'kafka-2:9092'])
  expect(error.code).toBe('too_few_partitions')
  const configs = 'kafka-configs.sh --bootstrap-server kafka-1:9092,kafka-2:9092 --alter'
  expect(error.message.split('\n')).toEqual([
    'The Kafka topics cannot be used as they are:',
    '  rooms.state: partitions is 1 and should be 64: rooms.log has 64, and a room is in the same partition of both',
    '  rooms.log: cleanup.policy is compact,delete and should be delete: compaction keeps one message of a room and drops the others',
    '  rooms.log: retention.ms is 60000 and should be 315000: messages would be gone while they are alive',
    '  rooms.log: remote.storage.enable is true and should be false: messages would be copied to a store that is not erased in time',
    '  rooms.state: cleanup.policy is delete and should be compact,delete: what is out of date would stay, or what rooms are would be forgotten',
    '  broker 2: log.cleaner.enable is false and should be true: what was taken back would never be cleaned away',
    '  broker 2: log.retention.check.interval.ms is 300000 and should be 1000: the bytes of messages would be there for up to 373 s, 330 s are promised',
    '  rooms.state: segment.ms is 60000 and should be 5000: what was taken back would be there for ever, 20 s are promised',
    '  broker 2: log.cleaner.backoff.ms is 15000 and should be 1000: what was taken back would be there for ever, 20 s are promised',
    'This mends it:',
    'kafka-topics.sh --bootstrap-server kafka-1:9092,kafka-2:9092 --alter --topic rooms.state --partitions 64',
    `${configs} --entity-type topics --entity-name rooms.log --add-config cleanup.policy=delete,retention.ms=315000,remote.storage.enable=false,remote.log.delete.on.disable=true`,
    `${configs} --entity-type topics --entity-name rooms.state --add-config 'cleanup.policy=[compact,delete],segment.ms=5000'`,
    `${configs} --entity-type brokers --entity-name 2 --add-config log.cleaner.backoff.ms=1000`,
    'With WR_KAFKA_MANAGE_TOPICS=true the gateway changes the settings of topics itself.',
    'In the server.properties of broker 2, which then has to be started again:',
    'log.cleaner.enable=true',
    'log.retention.check.interval.ms=1000',
  ])
})

test('the code says whether topics or brokers are to be mended', () => {
  const broker = check({ brokers: [{ 'log.cleaner.enable': 'false' }] })
  const topic = check({ log: { 'retention.ms': '1' } })
  expect(unfit(broker, []).code).toBe('unsafe_broker')
  expect(unfit(topic, []).code).toBe('unsafe_topic')
  expect(unfit([...broker, ...topic], []).code).toBe('unsafe_topic')
})
