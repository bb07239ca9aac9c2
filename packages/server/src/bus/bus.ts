import type { AppendedRecord, Epoch, Member, Offset, RoomId, RoomKey, RoomRecord } from '@whisperrooms/protocol'

/** What is kept of a room beside its log: everything the reducer holds but content. */
export interface BusSnapshot {
  readonly room: RoomKey
  /** The offset of the last record it includes; of an earlier epoch: before the first. */
  readonly asOf: Offset
  /** The offset of the `create` that made it; before the first when that is of an earlier epoch, or not known. */
  readonly openedAt: Offset
  /** Where the room was locked; `undefined` when it is not. */
  readonly lockedAt: Offset | undefined
  /** Settings as JSON; opaque to the bus. */
  readonly settings: Readonly<Record<string, unknown>>
  /** How members stand, as JSON, when any stands otherwise than they came in; opaque to the bus. */
  readonly standings?: Readonly<Record<string, unknown>> | undefined
}

/** One run of one gateway. */
export type GatewayId = string

/** A member as a gateway tells the others of it. */
export interface PresentMember extends Member {
  /** Since when the member goes by this name, in bus time, milliseconds: of several gateways' names the latest counts. */
  readonly since: number
}

/** Who is in a room at one gateway. */
export interface Attendance {
  /** Everybody, or nobody when they are too many to list. */
  readonly members: readonly PresentMember[]
  readonly count: number
}

/** Records that will never be read: gone before they were, or not readable. */
export interface Loss {
  /** Whose they were; `undefined` when that is not known: of any room of the shard. */
  readonly room: RoomKey | undefined
  /** The last of them. */
  readonly offset: Offset
}

/** Who hosts a shard: takes in its records, and what is known beside them. */
export interface BusSubscriber {
  /**
   * Takes in what comes next of a shard, in its order; until everything has been taken in that was there at the beginning, in the order
   * of each room.
   *
   * @param batch may be empty: then nothing was appended.
   * @param readUpToMs bus time; everything appended before it has been taken in with this batch; 0 while that is not so of all rooms.
   * @param upTo the same as an offset; without it, that of the last record is the latest.
   * @returns a promise when the next batch must wait for it.
   */
  take(batch: readonly AppendedRecord[], readUpToMs: number, upTo?: Offset): Promise<void> | undefined
  /** Something between what was taken in and what comes next will not come. */
  missed(loss: Loss): void
  /** From here on the log is read: what lies before it had ended when reading began. Comes before all else. */
  begins(offset: Offset): void
  /** The latest snapshot of a room: of each before anything is taken in, and later whenever one was put, by whomever. */
  snapshot(snapshot: BusSnapshot): void
  /** The snapshot of a room was taken away: it has ended, as somebody sees it. */
  withdrawn(room: RoomKey): void
  /** Who is in a room at another gateway; `undefined`: nobody any more, or the gateway is gone. */
  attendance(gateway: GatewayId, room: RoomKey, attendance: Attendance | undefined): void
}

export interface Subscription {
  /** Resolves when everything that was appended before it began has been taken in. */
  readonly caughtUp: Promise<void>
  /** Resolves when that is so of one room, which does not wait for the others then; to `false` when the subscription has ended before. */
  taken(room: RoomKey): Promise<boolean>
  end(): void
}

/**
 * The ordered, short-lived log that all gateways share. A room belongs to one shard (`shardOf`), and a shard is one log.
 *
 * Guarantees to its users:
 * - `publish` says of a record that it succeeded only when it is durable in the sense of the adapter (memory: in the log; Kafka:
 *   acks=all). A record that failed may still be appended later, and then is observed like any other.
 * - Records of one shard published by one gateway are appended in the order of publishing, those that failed left out. When one fails,
 *   so do those published behind it before that was known.
 * - Records of one shard arrive in one order, the same for every subscriber, with strictly increasing offsets and never
 *   decreasing append times; those that are there when a subscription begins may come room by room, each room's in that order.
 * - A record is delivered at least once to a subscriber that subscribed before it was published, or told as missed.
 * - After `subscribe(shard, since)` every record appended at or after `since` that still exists comes first.
 * - `take` is called often enough, also with nothing, for `readUpToMs` to lag at most about a second behind `now()`.
 * - No gateway's or client's wall clock moves `now()`. Within an epoch it never goes back as long as a shard stays where it is led
 *   (memory: always). When another broker leads it, it goes by that one's clock: within a second of the other's, or a new epoch begins.
 * - The epoch changes when offsets or times lose their meaning. Then all subscriptions have ended, and `onEpoch` is called.
 */
export interface Bus {
  /** Whether other gateways share the log: then it outlives this process, and a shard may be let go and taken up again. */
  readonly isShared: boolean
  /** How many shards there are; fixed for the life of an epoch. */
  readonly shards: number
  /** What a room is called in records and snapshots. */
  keyOf(room: RoomId): RoomKey
  /** Names the span of time in which offsets keep their meaning. */
  epoch(): Epoch
  /** Bus time of a shard in milliseconds: what its append times and deadlines are counted in. Shards differ by little, if at all. */
  now(shard: number): number
  /** Whether a shard can be read and written now, as far as this gateway knows; without one: whether the bus can. */
  isReady(shard?: number): boolean
  /** @returns the records that were not confirmed; empty when all are durable. Never rejects. */
  publish(records: readonly RoomRecord[]): Promise<readonly RoomRecord[]>
  subscribe(shard: number, sinceMs: number, subscriber: BusSubscriber): Subscription
  /** Keeps the latest snapshot of a room; `undefined` says that the room has ended. */
  putSnapshot(room: RoomKey, snapshot: BusSnapshot | undefined): void
  /** Tells the other gateways who is in a room at this one; `undefined`: nobody any more. */
  putAttendance(room: RoomKey, attendance: Attendance | undefined): void
  /** So many seconds after its publishing a record is gone from what keeps the log outside this process; `undefined`: nothing does. */
  erasedWithin(): Promise<number | undefined>
  /** Brings a subscriber records that are nobody's, as a take-up does: so that what that runs is compiled before anybody waits for it. */
  readonly rehearse?: (subscriber: BusSubscriber) => Promise<void>
  /** Has `changed` called after the epoch has changed. */
  onEpoch(changed: () => void): void
  close(): Promise<void>
}

/** The shard a room belongs to (FNV-1a over its name). */
export function shardOf(room: RoomKey, shards: number): number {
  let hash = 0x811c9dc5
  for (let i = 0; i < room.length; i++) hash = Math.imul(hash ^ room.charCodeAt(i), 0x01000193)
  return (hash >>> 0) % shards
}
