import type { Epoch, RoomRecord } from '@whisperrooms/protocol'
import type { Clock, Random, Scheduler } from '../../clock.ts'
import { type Bus, type GatewayId, shardOf } from '../bus.ts'
import { Attendances } from './attendances.ts'
import type { ConnectionSettings, KafkaDriver, MakeDriver, Message } from './driver.ts'
import { readErasureBound } from './erasure.ts'
import { Feeds } from './feeds.ts'
import { epochOf, Lineages } from './lineages.ts'
import { RECORD_VERSION, recordCodec } from './record-codec.ts'
import { HEARTBEAT_PARTITION, Roster } from './roster.ts'
import { kafkaSecrets } from './secrets.ts'
import { type Lineage, type StateEntry, stateCodec, stateKey } from './state-entries.ts'
import { stateTopic } from './state-topic.ts'
import { Timekeeper } from './timekeeper.ts'
import { ensureTopics } from './topics.ts'

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

/** Another gateway on these topics has another secret: they cannot serve the same rooms. */
export class OtherSecretError extends Error {
  override readonly name = 'OtherSecretError'
  readonly code = 'other_secret'
}

/** Without a look at the log for this long the bus is not ready, in milliseconds. */
const READY_MS = 3_000
/** A request that has been under way for longer than this is not waited for, in milliseconds. */
const CONFIRM_MS = 1_000
/** How often it is looked whether the topics are still the same, and what must be put again. Milliseconds. */
const UPKEEP_MS = 5_000
/** While what is awaited is under way, it is looked for this often, in milliseconds. */
const LOOK_MS = 10
/** How long a gateway that starts tries to learn how things stand, in milliseconds. */
const START_MS = 15_000
const STATE_RETENTION_MS = 600_000

/**
 * The bus on Apache Kafka: a shard is a partition of one topic, and its offsets and append times are the room's.
 *
 * @throws TopicError when the topics are not fit, OtherSecretError, and the client library's errors when no broker can be reached.
 */
export async function kafkaBus(given: KafkaOptions): Promise<Bus> {
  let lastError: unknown
  const options: KafkaOptions = {
    ...given,
    trouble(what, error) {
      lastError = error ?? lastError
      given.trouble(what, error)
    },
  }
  const { clock, scheduler, trouble, brokers, connection } = options
  const gateway: GatewayId = options.random(9).toString('base64url')
  const clientId = `whisperrooms-${gateway}`
  const driver = options.makeDriver({ brokers, clientId, connection, clock, scheduler, trouble })
  let bus: KafkaBus | undefined
  const { promise: late, reject } = Promise.withResolvers<never>()
  let cancel = () => {}
  try {
    const topics = await ensureTopics(driver, topicsOptions(options))
    for (const { setting } of topics.warnings) trouble(`${setting} of a topic could be better`)
    bus = new KafkaBus(options, driver, gateway, topics.log, topics.state)
    // What may not be read is tried again and again: whoever starts this must hear of it.
    cancel = scheduler.after(START_MS, () => reject(lastError ?? new Error('the brokers did not answer in time')))
    await Promise.race([bus.start(), late])
    return bus
  } catch (error) {
    await (bus ?? driver).close()
    throw error
  } finally {
    cancel()
  }
}

function topicsOptions({
  topicPrefix,
  shards,
  longestTtlMs,
  stateRetentionMs,
  manageTopics,
  brokers,
  scheduler,
}: KafkaOptions) {
  return {
    prefix: topicPrefix,
    shards,
    longestTtlMs,
    stateRetentionMs: stateRetentionMs ?? STATE_RETENTION_MS,
    manage: manageTopics,
    brokers,
    scheduler,
  }
}

class KafkaBus implements Bus {
  readonly isShared = true
  readonly keyOf: Bus['keyOf']
  readonly #options: KafkaOptions
  readonly #driver: KafkaDriver
  readonly #log: string
  readonly #state: string
  readonly #fingerprint: string
  readonly #codec: ReturnType<typeof recordCodec>
  readonly #states: ReturnType<typeof stateTopic>
  readonly #timekeeper: Timekeeper
  readonly #roster: Roster
  readonly #lineages: Lineages
  readonly #attendances: Attendances
  readonly #feeds: Feeds
  #cluster: Awaited<ReturnType<KafkaDriver['cluster']>> = { brokers: [], topics: new Map() }
  #epoch = '' as Epoch
  #changed = () => {}
  #stopRoster = () => {}
  #cancelUpkeep = () => {}
  /** When the state topic's heartbeats were last read to their end, on the monotonic clock. */
  #readMs = Number.NEGATIVE_INFINITY
  /** An epoch has ended, and nobody has been told of the next one. */
  #isBetween = false
  #closed = false

  constructor(options: KafkaOptions, driver: KafkaDriver, gateway: GatewayId, log: string, state: string) {
    const { clock, scheduler, random, trouble } = options
    const { roomKey, macKey, fingerprint } = kafkaSecrets(options.secret)
    const entries = stateCodec(macKey)
    const partitions = () => this.#cluster.topics.get(state)?.leaders.length ?? 1
    this.#options = options
    this.#driver = driver
    this.#log = log
    this.#state = state
    this.#fingerprint = fingerprint
    this.#codec = recordCodec({ macKey })
    this.keyOf = roomKey
    const states = stateTopic({
      driver,
      topic: state,
      partitions,
      codec: entries,
      clock,
      scheduler,
      isHere: (peer) => peer === gateway || this.#roster.isHere(peer),
      trouble,
    })
    this.#states = states
    this.#timekeeper = new Timekeeper({
      driver,
      gateway,
      logTopic: log,
      stateTopic: state,
      statePartitions: partitions,
      state: states,
      codec: entries,
      clock,
      scheduler,
      stepped: () => this.#beginAnew('a broker’s clock was set'),
    })
    this.#attendances = new Attendances({ gateway, state: states, shards: () => this.shards, clock })
    this.#roster = new Roster({
      gateway,
      state: states,
      heartbeat: () => ({ epoch: this.#epoch, reads: RECORD_VERSION, secret: fingerprint }),
      clock,
      scheduler,
      came: (peer) => this.#feeds.came(peer),
      gone: (peer) => {
        this.#feeds.gone(peer)
        states.forget(peer)
      },
    })
    this.#lineages = new Lineages({
      state: states,
      clock,
      scheduler,
      random,
      begin: () => this.#begin(),
      changed: (lineage) => this.#adopt(lineage),
      trouble,
    })
    this.#feeds = new Feeds({
      driver,
      state: states,
      codec: this.#codec,
      clock,
      scheduler,
      logTopic: log,
      gateway,
      stateRetentionMs: options.stateRetentionMs ?? STATE_RETENTION_MS,
      epoch: () => this.#epoch,
      startOf: (shard) => this.#lineages.current?.starts[shard] ?? 0,
      shards: () => this.shards,
      timeOf: (shard) => this.#timekeeper.of(shard),
      stateTimeOf: (shard) => this.#timekeeper.ofState(shard),
      know: (shard) => this.#timekeeper.know(shard),
      hasStepped: async (shard) => !(await this.#timekeeper.verify(shard)),
      isHere: (peer) => this.#roster.isHere(peer),
      contradicted: (room) => this.#attendances.putAgain(room),
      diverged: () => this.#beginAnew('the log has lost what had been read of it'),
      trouble,
    })
  }

  /** Learns how things stand, and begins to say that this gateway is there. */
  async start(): Promise<void> {
    const { scheduler } = this.#options
    await this.#ask()
    await this.#timekeeper.know(0)
    const read = Promise.withResolvers<void>()
    this.#stopRoster = this.#states.follow(HEARTBEAT_PARTITION, {
      entry: (entry, { at }) => this.#hear(entry, at),
      read: (asOf) => {
        this.#readMs = this.#options.clock()
        this.#roster.read(asOf)
        read.resolve()
      },
    })
    await read.promise
    if (this.#roster.hasStrangers)
      throw new OtherSecretError('WR_SECRET is another one than that of the gateways that are running')
    if (this.#isOtherLog()) await this.#lineages.advance()
    while (this.#isOtherLog())
      await new Promise<void>((resolve) => {
        scheduler.after(LOOK_MS, resolve)
      })
    this.#roster.start()
    this.#upkeepLater()
  }

  get shards(): number {
    return this.#lineages.current?.starts.length ?? 1
  }

  epoch(): Epoch {
    return this.#epoch
  }

  now(shard: number): number {
    return this.#timekeeper.of(shard).now()
  }

  isReady(shard?: number): boolean {
    const { clock } = this.#options
    if (this.#closed || this.#isBetween) return false
    if (shard === undefined) return this.#isRecent(this.#readMs) && this.#roster.agreesOn(this.#epoch)
    const since = this.#driver.appendingSince(this.#log, shard)
    if (since !== undefined && clock() - since > CONFIRM_MS) return false
    return this.#isRecent(this.#feeds.readMs(shard) ?? this.#readMs)
  }

  async publish(records: readonly RoomRecord[]): Promise<readonly RoomRecord[]> {
    const version = this.#roster.commonVersion(RECORD_VERSION)
    const messages = new Map<Message, RoomRecord>()
    for (const record of records) {
      const partition = shardOf(record.room, this.shards)
      const value = this.#codec.encode(record, version)
      messages.set({ topic: this.#log, partition, key: Buffer.from(record.room), value }, record)
    }
    const failed = await this.#driver.append([...messages.keys()])
    return failed.flatMap((message) => messages.get(message) ?? [])
  }

  readonly subscribe: Bus['subscribe'] = (shard, sinceMs, subscriber) => this.#feeds.open(shard, sinceMs, subscriber)

  readonly putSnapshot: Bus['putSnapshot'] = (room, snapshot) => {
    const { room: _, ...value } = snapshot ?? { room }
    const content = snapshot === undefined ? undefined : { ...value, epoch: this.#epoch }
    void this.#states.put(shardOf(room, this.shards), stateKey.room(room), content)
  }

  readonly putAttendance: Bus['putAttendance'] = (room, attendance) => this.#attendances.put(room, attendance)

  async erasedWithin(): Promise<number> {
    return (await readErasureBound(this.#driver, this.#log)).seconds
  }

  onEpoch(changed: () => void): void {
    this.#changed = changed
  }

  async close(): Promise<void> {
    this.#closed = true
    this.#cancelUpkeep()
    this.#feeds.end()
    this.#stopRoster()
    this.#roster.close()
    this.#timekeeper.close()
    this.#states.close()
    await this.#driver.close()
  }

  #hear(entry: StateEntry, at: number): void {
    const wasThere = this.#readMs === Number.NEGATIVE_INFINITY
    const ageMs = wasThere ? this.#timekeeper.ofState(HEARTBEAT_PARTITION).now() - at : 0
    if (entry.type === 'lineage' && entry.value !== undefined) this.#lineages.read(entry.value)
    if (entry.type === 'stranger' && entry.secret !== this.#fingerprint) this.#roster.heardStranger(ageMs)
    if (entry.type === 'heartbeat') this.#roster.heard(entry.gateway, entry.value, ageMs)
  }

  #beginAnew(why: string): void {
    this.#options.trouble(why)
    void this.#lineages.advance()
  }

  /** Where another epoch begins: behind everything that is there now. */
  async #begin(): Promise<Pick<Lineage, 'topicId' | 'starts'>> {
    try {
      await ensureTopics(this.#driver, topicsOptions(this.#options))
    } catch (error) {
      // They are as they are; a gateway that starts now would refuse them.
      this.#options.trouble('the topics are not fit', error)
    }
    await this.#ask()
    const { id, leaders } = this.#cluster.topics.get(this.#log) ?? { id: undefined, leaders: [] }
    const starts = await Promise.all(leaders.map((_, shard) => this.#driver.offsetAt(this.#log, shard, 'latest')))
    return { topicId: id ?? null, starts }
  }

  #adopt(lineage: Lineage): void {
    const isFirst = this.#epoch === ''
    this.#epoch = epochOf(lineage)
    if (isFirst) return
    this.#options.trouble('a new epoch has begun')
    this.#feeds.end()
    this.#isBetween = true
    void this.#timekeeper.begin().then(() => {
      // Another one has begun meanwhile, or there is nobody to tell any more.
      if (lineage !== this.#lineages.current || this.#closed) return
      this.#roster.beat()
      this.#attendances.putAllAgain()
      this.#isBetween = false
      this.#changed()
    })
  }

  async #ask(): Promise<void> {
    this.#cluster = await this.#driver.cluster([this.#log, this.#state])
  }

  /** Whether the log is another one than the epoch counts in. */
  #isOtherLog(): boolean {
    const { current } = this.#lineages
    const topic = this.#cluster.topics.get(this.#log)
    if (current === undefined || topic === undefined) return true
    const isOtherTopic = current.topicId !== null && topic.id !== undefined && current.topicId !== topic.id
    return isOtherTopic || current.starts.length !== topic.leaders.length
  }

  async #upkeep(): Promise<void> {
    this.#lineages.refresh()
    this.#attendances.refresh()
    try {
      await this.#ask()
      if (!this.#closed && this.#isOtherLog()) await this.#lineages.advance()
    } catch (error) {
      this.#options.trouble('the cluster could not be asked', error)
    }
  }

  #upkeepLater(): void {
    this.#cancelUpkeep = this.#options.scheduler.after(UPKEEP_MS, () => {
      void this.#upkeep().finally(() => {
        if (!this.#closed) this.#upkeepLater()
      })
    })
  }

  #isRecent(ms: number): boolean {
    return this.#options.clock() - ms < READY_MS
  }
}
