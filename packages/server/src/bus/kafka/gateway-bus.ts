import type { Epoch, RoomRecord } from '@whisperrooms/protocol'
import { type Bus, type BusSubscriber, type GatewayId, shardOf } from '../bus.ts'
import { Attendances } from './attendances.ts'
import type { KafkaDriver, Message } from './driver.ts'
import { Epochs } from './epochs.ts'
import { readErasureBound } from './erasure.ts'
import { Feeds } from './feeds.ts'
import { type KafkaOptions, topicsOptions } from './kafka-options.ts'
import { RECORD_VERSION, recordCodec } from './record-codec.ts'
import { rehearse } from './rehearsal.ts'
import { HEARTBEAT_PARTITION, OtherSecretError, Roster } from './roster.ts'
import { kafkaSecrets } from './secrets.ts'
import { type StateEntry, stateCodec, stateKey } from './state-entries.ts'
import { stateTopic } from './state-topic.ts'
import { Timekeeper } from './timekeeper.ts'
import type { Topics } from './topic-settings.ts'
import { ensureTopics } from './topics.ts'
import { Waiting } from './waiting.ts'

/** Without a look at the log for this long the bus is not ready, in milliseconds. */
const READY_MS = 3_000
/** A request that has been under way for longer than this is not waited for, in milliseconds. */
const CONFIRM_MS = 1_000
/** How often it is looked whether the topics are still the same, and what must be put again. Milliseconds. */
const UPKEEP_MS = 5_000

/** The bus as one gateway has it: puts the parts together. */
export class GatewayBus implements Bus {
  readonly isShared = true
  readonly keyOf: Bus['keyOf']
  readonly #options: KafkaOptions
  readonly #driver: KafkaDriver
  readonly #log: string
  readonly #fingerprint: string
  readonly #codec: ReturnType<typeof recordCodec>
  readonly #states: ReturnType<typeof stateTopic>
  readonly #timekeeper: Timekeeper
  readonly #roster: Roster
  readonly #epochs: Epochs
  readonly #attendances: Attendances
  readonly #feeds: Feeds
  #changed = () => {}
  #stopRoster = () => {}
  #cancelUpkeep = () => {}
  /** When the state topic's heartbeats were last read to their end, on the monotonic clock. */
  #readMs = Number.NEGATIVE_INFINITY
  #closed = false

  /** @param topics which there are, and fit. */
  constructor(options: KafkaOptions, driver: KafkaDriver, gateway: GatewayId, topics: Topics) {
    const { clock, scheduler, random, trouble } = options
    const { roomKey, macKey, fingerprint } = kafkaSecrets(options.secret)
    const entries = stateCodec(macKey)
    const partitions = () => this.#epochs.statePartitions
    const wanted = topicsOptions(options)
    this.#options = options
    this.#driver = driver
    this.#log = topics.log
    this.#fingerprint = fingerprint
    this.#codec = recordCodec({ macKey })
    this.keyOf = roomKey
    const states = stateTopic({
      driver,
      topic: topics.state,
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
      logTopic: topics.log,
      stateTopic: topics.state,
      statePartitions: partitions,
      state: states,
      codec: entries,
      clock,
      scheduler,
      stepped: () => this.#epochs.beginAnew('a broker’s clock was set'),
    })
    this.#attendances = new Attendances({ gateway, state: states, shards: () => this.shards, clock })
    this.#roster = new Roster({
      gateway,
      state: states,
      heartbeat: () => ({ epoch: this.epoch(), reads: RECORD_VERSION, secret: fingerprint }),
      clock,
      scheduler,
      came: (peer) => this.#feeds.came(peer),
      gone: (peer) => {
        this.#feeds.gone(peer)
        states.forget(peer)
      },
    })
    this.#epochs = new Epochs({
      driver,
      topics,
      state: states,
      clock,
      scheduler,
      random,
      ensureTopics: () => ensureTopics(driver, wanted),
      ended: () => {
        this.#feeds.end()
        return this.#timekeeper.begin()
      },
      begun: () => {
        this.#roster.beat()
        this.#attendances.putAllAgain()
        this.#changed()
      },
      trouble,
    })
    this.#feeds = new Feeds({
      driver,
      state: states,
      codec: this.#codec,
      clock,
      scheduler,
      logTopic: topics.log,
      gateway,
      stateRetentionMs: wanted.stateRetentionMs,
      epoch: () => this.epoch(),
      startOf: (shard) => this.#epochs.startOf(shard),
      shards: () => this.shards,
      timeOf: (shard) => this.#timekeeper.of(shard),
      stateTimeOf: (shard) => this.#timekeeper.ofState(shard),
      know: (shard) => Promise.all([this.#timekeeper.know(shard), this.#timekeeper.knowState(shard)]),
      hasStepped: async (shard) => !(await this.#timekeeper.verify(shard)),
      isHere: (peer) => this.#roster.isHere(peer),
      contradicted: (room) => this.#attendances.putAgain(room),
      diverged: () => this.#epochs.beginAnew('the log has lost what had been read of it'),
      trouble,
      waiting: new Waiting(clock),
    })
  }

  /**
   * Learns how things stand, and begins to say that this gateway is there.
   *
   * @throws OtherSecretError
   */
  async start(): Promise<void> {
    await this.#epochs.ask()
    await Promise.all([this.#timekeeper.know(0), this.#timekeeper.knowState(HEARTBEAT_PARTITION)])
    await this.#listen()
    if (this.#roster.hasStrangers)
      throw new OtherSecretError('WR_SECRET is another one than that of the gateways that are running')
    await this.#epochs.settle()
    this.#roster.start()
    this.#upkeepLater()
  }

  get shards(): number {
    return this.#epochs.shards
  }

  epoch(): Epoch {
    return this.#epochs.current
  }

  now(shard: number): number {
    return this.#timekeeper.of(shard).now()
  }

  isReady(shard?: number): boolean {
    const { clock } = this.#options
    if (this.#closed || this.#epochs.isBetween) return false
    if (shard === undefined) return this.#isRecent(this.#readMs) && this.#roster.agreesOn(this.epoch())
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
    const content = snapshot === undefined ? undefined : { ...value, epoch: this.epoch() }
    void this.#states.put(shardOf(room, this.shards), stateKey.room(room), content)
  }

  readonly putAttendance: Bus['putAttendance'] = (room, attendance) => this.#attendances.put(room, attendance)

  async erasedWithin(): Promise<number> {
    return (await readErasureBound(this.#driver, this.#log)).seconds
  }

  readonly rehearse = (subscriber: BusSubscriber): Promise<void> =>
    rehearse({
      ...this.#options,
      driver: this.#driver,
      logTopic: this.#log,
      codec: this.#codec,
      subscriber,
      time: () => this.#timekeeper.of(0),
    })

  onEpoch(changed: () => void): void {
    this.#changed = changed
  }

  async close(): Promise<void> {
    this.#closed = true
    this.#cancelUpkeep()
    this.#epochs.close()
    this.#feeds.end()
    this.#stopRoster()
    this.#roster.close()
    this.#timekeeper.close()
    this.#states.close()
    await this.#driver.close()
  }

  /** Follows what gateways say of themselves. @returns when all that was there has been heard. */
  #listen(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#stopRoster = this.#states.follow(HEARTBEAT_PARTITION, {
      entry: (entry, { at }) => this.#hear(entry, at),
      read: (asOf) => {
        this.#readMs = this.#options.clock()
        this.#roster.read(asOf)
        resolve()
      },
    })
    return promise
  }

  #hear(entry: StateEntry, at: number): void {
    const wasThere = this.#readMs === Number.NEGATIVE_INFINITY
    const ageMs = wasThere ? this.#timekeeper.ofState(HEARTBEAT_PARTITION).now() - at : 0
    if (entry.type === 'lineage' && entry.value !== undefined) this.#epochs.read(entry.value)
    if (entry.type === 'stranger' && entry.secret !== this.#fingerprint) this.#roster.heardStranger(ageMs)
    if (entry.type === 'heartbeat') this.#roster.heard(entry.gateway, entry.value, ageMs)
  }

  #upkeepLater(): void {
    const { scheduler, trouble } = this.#options
    this.#cancelUpkeep = scheduler.after(UPKEEP_MS, () => {
      this.#attendances.refresh()
      this.#epochs
        .check()
        .catch((error: unknown) => trouble('the cluster could not be asked', error))
        .finally(() => {
          if (!this.#closed) this.#upkeepLater()
        })
    })
  }

  #isRecent(ms: number): boolean {
    return this.#options.clock() - ms < READY_MS
  }
}
