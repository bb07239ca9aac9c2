import type { BusSubscriber, GatewayId, Subscription } from '../bus.ts'
import { type FeedHost, ShardFeed } from './shard-feed.ts'

/** All feeds of a gateway. */
export class Feeds {
  readonly #host: FeedHost
  readonly #feeds = new Map<number, Set<ShardFeed>>()

  constructor(host: FeedHost) {
    this.#host = host
  }

  open(shard: number, sinceMs: number, subscriber: BusSubscriber): Subscription {
    const feed = new ShardFeed(this.#host, shard, sinceMs, subscriber)
    const feeds = this.#feeds.get(shard) ?? new Set()
    this.#feeds.set(shard, feeds.add(feed))
    return {
      caughtUp: feed.caughtUp,
      taken: (room) => feed.taken(room),
      end: () => {
        feed.end()
        if (feeds.delete(feed) && feeds.size === 0 && this.#feeds.get(shard) === feeds) this.#feeds.delete(shard)
      },
    }
  }

  /** When a shard was last read to its end by its latest reader, on the monotonic clock; `undefined` when nobody reads it. */
  readMs(shard: number): number | undefined {
    const feeds = this.#feeds.get(shard)
    if (feeds === undefined) return undefined
    let latest = Number.NEGATIVE_INFINITY
    for (const { readMs } of feeds) latest = Math.max(latest, readMs)
    return latest
  }

  came(gateway: GatewayId): void {
    for (const feed of this.#all()) feed.came(gateway)
  }

  gone(gateway: GatewayId): void {
    for (const feed of this.#all()) feed.gone(gateway)
  }

  /** Ends all of them. */
  end(): void {
    for (const feed of this.#all()) feed.end()
    this.#feeds.clear()
  }

  *#all(): Generator<ShardFeed> {
    for (const feeds of this.#feeds.values()) yield* feeds
  }
}
