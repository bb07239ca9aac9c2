import { BEFORE_FIRST, type Epoch, FIRST, type Offset, type RoomKey } from '@whisperrooms/protocol'
import type { Clock, Scheduler } from '../../clock.ts'
import { type Attendance, type BusSubscriber, type GatewayId, shardOf } from '../bus.ts'
import type { KafkaDriver, Position } from './driver.ts'
import type { KafkaClock } from './kafka-clock.ts'
import { LogFollower } from './log-follower.ts'
import type { RecordCodec } from './record-codec.ts'
import type { SnapshotValue, StateEntry } from './state-entries.ts'
import type { StateTopic } from './state-topic.ts'
import type { Waiting } from './waiting.ts'

/** Before a shard that could not be taken up is tried again, in milliseconds. */
const AGAIN_MS = 500

/** What a feed needs of the bus. */
export interface FeedHost {
  readonly driver: KafkaDriver
  readonly state: StateTopic
  readonly codec: RecordCodec
  readonly clock: Clock
  readonly scheduler: Scheduler
  readonly waiting: Waiting
  readonly logTopic: string
  readonly gateway: GatewayId
  readonly stateRetentionMs: number
  readonly epoch: () => Epoch
  /** The offset at which the epoch begins in a shard. */
  readonly startOf: (shard: number) => number
  readonly shards: () => number
  readonly timeOf: (shard: number) => KafkaClock
  /** The same, of what stands in the state topic. */
  readonly stateTimeOf: (shard: number) => KafkaClock
  /** Sees to it that both are known. */
  readonly know: (shard: number) => Promise<unknown>
  readonly hasStepped: (shard: number) => Promise<boolean>
  readonly isHere: (gateway: GatewayId) => boolean
  /** What this gateway said of a room was taken away by somebody who believed it gone. */
  readonly contradicted: (room: RoomKey) => void
  readonly diverged: () => void
  readonly trouble: (what: string, error?: unknown) => void
}

/** A snapshot that was there when the shard was taken up. */
interface Found {
  readonly value: SnapshotValue
  /** When it was put, in the state's time. */
  readonly at: number
}

/** One subscriber's shard: first what the state topic knows of it, then the log. */
export class ShardFeed {
  readonly shard: number
  readonly caughtUp: Promise<void>
  /** When the log was last read to its end, on the monotonic clock. */
  readMs = Number.NEGATIVE_INFINITY
  readonly #host: FeedHost
  readonly #subscriber: BusSubscriber
  readonly #attendances = new Map<GatewayId, Map<RoomKey, Attendance>>()
  readonly #caughtUp = Promise.withResolvers<void>()
  readonly #stateRead = Promise.withResolvers<void>()
  #snapshots: Map<RoomKey, Found> | undefined = new Map()
  readonly #following = Promise.withResolvers<LogFollower | undefined>()
  #follower: LogFollower | undefined
  #stopLog = () => {}
  readonly #stopState: () => void
  #ended = false

  constructor(host: FeedHost, shard: number, sinceMs: number, subscriber: BusSubscriber) {
    this.#host = host
    this.shard = shard
    this.#subscriber = subscriber
    this.caughtUp = this.#caughtUp.promise
    this.#stopState = host.state.follow(shard, {
      entry: (entry, { at }) => this.#entry(entry, at),
      read: () => this.#stateRead.resolve(),
    })
    this.#begin(sinceMs)
  }

  /** Resolves when all that was there of a room has been taken in; to `false` when the feed has ended before. */
  taken(room: RoomKey): Promise<boolean> {
    return this.#host.waiting.whilst(this.#taken(room))
  }

  end(): void {
    this.#ended = true
    this.#following.resolve(undefined)
    this.#follower?.end()
    this.#stopLog()
    this.#stopState()
  }

  /** A gateway was heard for the first time. */
  came(gateway: GatewayId): void {
    for (const [room, attendance] of this.#attendances.get(gateway) ?? [])
      this.#subscriber.attendance(gateway, room, attendance)
  }

  /** A gateway is gone, and with it everybody who was at it. */
  gone(gateway: GatewayId): void {
    const rooms = this.#attendances.get(gateway)
    this.#attendances.delete(gateway)
    for (const room of rooms?.keys() ?? []) this.#subscriber.attendance(gateway, room, undefined)
  }

  async #taken(room: RoomKey): Promise<boolean> {
    const follower = await this.#following.promise
    return (await follower?.taken(room)) === true
  }

  #begin(sinceMs: number): void {
    this.#takeUp(sinceMs).catch((error: unknown) => {
      if (this.#ended) return
      this.#host.trouble('a shard could not be taken up', error)
      this.#host.scheduler.after(AGAIN_MS, () => this.#begin(sinceMs))
    })
  }

  async #takeUp(sinceMs: number): Promise<void> {
    const { driver, logTopic, startOf, know } = this.#host
    const since: Position = sinceMs > 0 ? Math.floor(sinceMs) : 'earliest'
    const [position] = await Promise.all([
      driver.offsetAt(logTopic, this.shard, since),
      know(this.shard),
      this.#stateRead.promise,
    ])
    if (this.#ended) return
    const from = Math.max(position, startOf(this.shard))
    this.#subscriber.begins(from as Offset)
    // What comes later has only just been put.
    for (const [room, { value, at }] of this.#snapshots ?? []) if (!this.#isOutdated(at)) this.#tell(room, value)
    this.#snapshots = undefined
    const follower = this.#follow(from)
    this.#follower = follower
    this.#following.resolve(follower)
    this.#stopLog = driver.follow(follower)
  }

  #follow(from: number): LogFollower {
    const { logTopic, codec, timeOf, hasStepped, diverged, trouble, clock, scheduler, waiting } = this.#host
    return new LogFollower({
      topic: logTopic,
      partition: this.shard,
      from,
      codec,
      subscriber: this.#subscriber,
      time: () => timeOf(this.shard),
      scheduler,
      waiting,
      looked: () => {
        this.readMs = clock()
      },
      caughtUp: this.#caughtUp.resolve,
      hasStepped: () => hasStepped(this.shard),
      diverged,
      trouble,
    })
  }

  #entry(entry: StateEntry, at: number): void {
    if (!('room' in entry) || shardOf(entry.room, this.#host.shards()) !== this.shard) return
    if (entry.type === 'room') this.#snapshot(entry.room, entry.value, at)
    else this.#attendance(entry.gateway, entry.room, entry.value)
  }

  /** Nobody has put it again in time: it is there only because its partition is appended to. */
  #isOutdated(at: number): boolean {
    return this.#host.stateTimeOf(this.shard).now() - at > this.#host.stateRetentionMs
  }

  #snapshot(room: RoomKey, value: SnapshotValue | undefined, at: number): void {
    if (this.#snapshots !== undefined) {
      if (value === undefined) this.#snapshots.delete(room)
      else this.#snapshots.set(room, { value, at })
    } else if (value === undefined) this.#subscriber.withdrawn(room)
    else this.#tell(room, value)
  }

  #tell(room: RoomKey, { epoch, asOf, openedAt, lockedAt, settings, standings }: SnapshotValue): void {
    const isCurrent = epoch === this.#host.epoch()
    this.#subscriber.snapshot({
      room,
      settings,
      standings,
      asOf: isCurrent ? asOf : BEFORE_FIRST,
      openedAt: isCurrent ? openedAt : BEFORE_FIRST,
      lockedAt: isCurrent || lockedAt === undefined ? lockedAt : FIRST,
    })
  }

  #attendance(gateway: GatewayId, room: RoomKey, attendance: Attendance | undefined): void {
    if (gateway === this.#host.gateway) {
      if (attendance === undefined) this.#host.contradicted(room)
      return
    }
    const rooms = this.#attendances.get(gateway) ?? new Map<RoomKey, Attendance>()
    if (attendance === undefined) rooms.delete(room)
    else rooms.set(room, attendance)
    if (rooms.size === 0) this.#attendances.delete(gateway)
    else this.#attendances.set(gateway, rooms)
    if (this.#host.isHere(gateway) || attendance === undefined) this.#subscriber.attendance(gateway, room, attendance)
  }
}
