import type { Settings } from './driver.ts'
import type { Fault } from './fault.ts'

export type TopicErrorCode =
  /** A topic is not there, and the gateway may not make it. */
  | 'missing_topic'
  /** The brokers did not make a topic. */
  | 'topic_not_made'
  /** Some partition has no leader. */
  | 'no_leader'
  /** The two topics do not have as many partitions. */
  | 'too_few_partitions'
  | 'unsafe_topic'
  | 'unsafe_broker'

/** The topics cannot be used as they are. The message says why, and the commands that mend it. */
export class TopicError extends Error {
  override readonly name = 'TopicError'
  readonly code: TopicErrorCode
  /** What was found; empty unless it is settings or partitions. */
  readonly faults: readonly Fault[]

  constructor(
    code: TopicErrorCode,
    message: string,
    options: { readonly faults?: readonly Fault[]; readonly cause?: unknown } = {},
  ) {
    super(message, options.cause === undefined ? {} : { cause: options.cause })
    this.code = code
    this.faults = options.faults ?? []
  }
}

/** @param brokers `host:port` of some. */
export function unfit(faults: readonly Fault[], brokers: readonly string[]): TopicError {
  const lines = [
    'The Kafka topics cannot be used as they are:',
    ...faults.map(lineOf),
    ...mendingLines(faults, brokers),
  ]
  return new TopicError(codeOf(faults), lines.join('\n'), { faults })
}

function codeOf(faults: readonly Fault[]): TopicErrorCode {
  if (faults.some(({ mend }) => mend.how === 'add partitions')) return 'too_few_partitions'
  return faults.some(({ of }) => 'topic' in of) ? 'unsafe_topic' : 'unsafe_broker'
}

/** A fault in one line. */
export function lineOf({ of, setting, actual, wanted, why }: Fault): string {
  const whose = 'topic' in of ? of.topic : `broker ${of.broker}`
  return `  ${whose}: ${setting} is ${actual} and should be ${wanted}: ${why}`
}

/** The command that makes a topic as it must be. */
export function creationOf(
  topic: string,
  partitions: number,
  replicas: number,
  settings: Settings,
  brokers: readonly string[],
): string {
  const options = Object.entries(settings).map(([name, value]) => ` --config ${name}=${value}`)
  return `${tool('topics', brokers)} --create --topic ${topic} --partitions ${partitions} --replication-factor ${replicas}${options.join('')}`
}

function mendingLines(faults: readonly Fault[], brokers: readonly string[]): string[] {
  const ofTopics = topicCommands(faults, brokers)
  const commands = [...partitionCommands(faults, brokers), ...ofTopics, ...brokerCommands(faults, brokers)]
  return [
    ...(commands.length > 0 ? ['This mends it:', ...commands] : []),
    ...(ofTopics.length > 0
      ? ['With WR_KAFKA_MANAGE_TOPICS=true the gateway changes the settings of topics itself.']
      : []),
    ...fileLines(faults),
  ]
}

function partitionCommands(faults: readonly Fault[], brokers: readonly string[]): string[] {
  return faults.flatMap(({ of, wanted, mend }) =>
    mend.how === 'add partitions' && 'topic' in of
      ? [`${tool('topics', brokers)} --alter --topic ${of.topic} --partitions ${wanted}`]
      : [],
  )
}

function topicCommands(faults: readonly Fault[], brokers: readonly string[]): string[] {
  return [...topicChanges(faults)].map(
    ([topic, settings]) => `${alter(brokers, 'topics', topic)} --add-config ${listOf(settings)}`,
  )
}

/** What has to be set on each topic. */
export function topicChanges(faults: readonly Fault[]): Map<string, Settings> {
  const changes = new Map<string, Settings>()
  for (const { of, mend } of faults)
    if ('topic' in of && mend.how === 'set on the topic')
      changes.set(of.topic, { ...changes.get(of.topic), ...mend.settings })
  return changes
}

function brokerCommands(faults: readonly Fault[], brokers: readonly string[]): string[] {
  return faults.flatMap(({ of, setting, wanted, mend }) =>
    mend.how === 'set on the broker' && 'broker' in of
      ? [`${alter(brokers, 'brokers', String(of.broker))} --add-config ${setting}=${wanted}`]
      : [],
  )
}

/** What a broker reads when it starts. */
function fileLines(faults: readonly Fault[]): string[] {
  const lines = new Map<number, string[]>()
  for (const { of, setting, wanted, mend } of faults)
    if ('broker' in of && mend.how === 'set in the file')
      lines.set(of.broker, [...(lines.get(of.broker) ?? []), `${setting}=${wanted}`])
  return [...lines].flatMap(([broker, settings]) => [
    `In the server.properties of broker ${broker}, which then has to be started again:`,
    ...settings,
  ])
}

const tool = (name: 'topics' | 'configs', brokers: readonly string[]): string =>
  `kafka-${name}.sh --bootstrap-server ${brokers.join(',')}`

const alter = (brokers: readonly string[], type: 'topics' | 'brokers', name: string): string =>
  `${tool('configs', brokers)} --alter --entity-type ${type} --entity-name ${name}`

/** Settings as `--add-config` takes them: a list stands in brackets, which the shell must leave alone. */
function listOf(settings: Settings): string {
  const list = Object.entries(settings)
    .map(([name, value]) => `${name}=${value.includes(',') ? `[${value}]` : value}`)
    .join(',')
  return list.includes('[') ? `'${list}'` : list
}
