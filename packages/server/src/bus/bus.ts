import type { AppendedRecord, Epoch, Offset, RoomId, RoomKey, RoomRecord } from '@whisperrooms/protocol'

/** What is kept of a room beside its log: everything the reducer holds but content. */
export interface BusSnapshot {
  readonly room: RoomKey
  /** The offset of the last record that touched the room. */
  readonly touched: Offset
  /** Where the room was locked; `undefined` when it is not. */
  readonly lockedAt: Offset | undefined
  /** Settings as JSON; opaque to the bus. */
  readonly settings: Readonly<Record<string, unknown>>
}

/** Where a subscriber takes records in. */
export interface BusSubscriber {
  /**
   * Takes in what comes next of a shard, in its order.
   *
   * @param batch may be empty: then nothing was appended.
   * @param readUpToMs bus time; everything appended before it has been taken in with this batch.
   * @returns a promise when the next batch must wait for it.
   */
  take(batch: readonly AppendedRecord[], readUpToMs: number): Promise<void> | undefined
}

export interface Subscription {
  /** Resolves when everything that was appended before it began has been taken in. */
  readonly caughtUp: Promise<void>
  end(): void
}

/**
 * The ordered, short-lived log that all gateways share. A room belongs to one shard (`shardOf`), and a shard is one log.
 *
 * Guarantees to its users:
 * - `publish` says of a record that it succeeded only when it is durable in the sense of the adapter (memory: in the log; Kafka:
 *   acks=all). A record that failed may still be appended later, and then is observed like any other.
 * - Records published by one gateway are appended in the order of publishing, those that failed left out.
 * - Records of one shard arrive in one order, the same for every subscriber, with strictly increasing offsets and never
 *   decreasing append times.
 * - A record is delivered at least once to a subscriber that subscribed before it was published.
 * - After `subscribe(shard, since)` every record appended at or after `since` that still exists comes first.
 * - `take` is called often enough, also with nothing, for `readUpToMs` to lag at most about a second behind `now()`.
 * - `now()` never goes back, and no gateway's or client's wall clock moves it.
 */
export interface Bus {
  /** How many shards there are; fixed for the life of an epoch. */
  readonly shards: number
  /** What a room is called in records and snapshots. */
  keyOf(room: RoomId): RoomKey
  /** Names the span of time in which a shard's offsets keep their meaning. */
  epoch(shard: number): Epoch
  /** Bus time in milliseconds: what append times and deadlines are counted in. */
  now(): number
  /** Whether the bus can be read and written now, as far as this gateway knows. */
  isReady(): boolean
  /** @returns the records that were not confirmed; empty when all are durable. Never rejects. */
  publish(records: readonly RoomRecord[]): Promise<readonly RoomRecord[]>
  subscribe(shard: number, sinceMs: number, subscriber: BusSubscriber): Subscription
  /** Keeps the latest snapshot of a room; `undefined` says that the room has ended. */
  putSnapshot(room: RoomKey, snapshot: BusSnapshot | undefined): Promise<void>
  /** The latest snapshot of every room of a shard. */
  snapshots(shard: number): Promise<readonly BusSnapshot[]>
  close(): Promise<void>
}

/** The shard a room belongs to (FNV-1a over its name). */
export function shardOf(room: RoomKey, shards: number): number {
  let hash = 0x811c9dc5
  for (let i = 0; i < room.length; i++) hash = Math.imul(hash ^ room.charCodeAt(i), 0x01000193)
  return (hash >>> 0) % shards
}
