import type { RoomKey } from '@whisperrooms/protocol'
import { type Bus, type BusSubscriber, type Subscription, shardOf } from '../bus/bus.ts'
import type { Clock, Scheduler } from '../clock.ts'
import type { Room } from '../rooms/room.ts'
import type { Shard } from '../rooms/shard.ts'
import { Attended } from './attended.ts'

/** How long somebody who wants in waits for a shard that is being taken up, in milliseconds. */
const TAKE_UP_MS = 8_000
/** While an epoch ends, it is looked for the next one this often, in milliseconds. */
const AGAIN_MS = 50
/** How much further back than the longest time to live a shard is read when it is taken up, in milliseconds. */
const TAKE_UP_EXTRA_MS = 20_000
/** How long after a shard has been taken up anew those who were in its rooms before are waited for, in milliseconds. */
const SETTLE_MS = 2_500
/** How often it is looked whether a shard can be let go, in milliseconds. */
const LOOK_MS = 5_000
/** How long rooms of an earlier epoch wait for somebody who was in them, in milliseconds. */
const STRANGE_MS = 1_000
/** How much longer than rooms linger a shard is kept until they are forgotten, in milliseconds. */
const REASON_MS = 30_000

export interface HostingOptions {
  readonly bus: Bus
  readonly longestTtlMs: number
  /** How long a shard in which nobody is any more is kept, in milliseconds. */
  readonly lingerMs: number
  readonly clock: Clock
  readonly scheduler: Scheduler
  readonly makeShard: (index: number) => Shard
  readonly subscriberFor: (index: number, shard: Shard) => BusSubscriber
  /**
   * A shard has been taken up to its end.
   *
   * @param waitMs how long rooms of an earlier epoch wait for other gateways, who may know them better, before they are made again.
   */
  readonly onReady: (shard: Shard, waitMs: number) => void
  /** Whether nobody is in a room, at any gateway. */
  readonly isEmpty: (room: Room) => boolean
}

interface Hosted {
  readonly shard: Shard
  readonly attended: Attended
  readonly subscription: Subscription
  readonly ready: Promise<void>
  isReady: boolean
  /** When somebody was last seen in it, on the monotonic clock. */
  seenMs: number
}

/** The shards this gateway keeps in memory: those its members are in. */
export interface Hosting {
  /** The shard of a room; `undefined` when it is not here, or not yet. */
  shardOf(room: RoomKey): Shard | undefined
  /** The same, taking it up if need be; `undefined` when that takes too long. */
  host(room: RoomKey): Promise<Shard | undefined>
  /** Takes up every shard. */
  hostAll(): Promise<void>
  /** Takes up a shard that is not there, so that those that are there are not the first. */
  rehearse(): Promise<void>
  /** Whether a shard has been taken up to its end. */
  isReady(index: number): boolean
  /** A room that is known here, whether it is in the log or not. */
  find(key: RoomKey): Room | undefined
  isHosted(shard: Shard): boolean
  shards(): Iterable<Shard>
  stop(): void
}

export function hosting(options: HostingOptions): Hosting {
  const { bus, scheduler, clock, lingerMs } = options
  const hosted = new Map<number, Hosted>()
  let isStopped = false
  let cancelLook = bus.isShared ? scheduler.after(LOOK_MS, look) : () => undefined
  bus.onEpoch(beginAnew)

  /** @param waitMs see `onReady`. */
  function takeUp(index: number, waitMs: number): Hosted {
    const shard = options.makeShard(index)
    const since = bus.now(index) - options.longestTtlMs - TAKE_UP_EXTRA_MS
    const subscriber = options.subscriberFor(index, shard)
    const attended = new Attended(subscriber.attendance)
    const subscription = bus.subscribe(index, since, { ...subscriber, attendance: attended.tell })
    const made: Hosted = {
      shard,
      attended,
      subscription,
      ready: subscription.caughtUp.then(() => {
        if (hosted.get(index) !== made) return
        made.isReady = true
        settleSoon(index, made)
        options.onReady(shard, waitMs)
      }),
      isReady: false,
      seenMs: clock(),
    }
    hosted.set(index, made)
    return made
  }

  /** Others tell who is at them anew when they have heard of the epoch, and none hears of it first. */
  function settleSoon(index: number, one: Hosted): void {
    if (!one.attended.isUnsettled) return
    scheduler.after(SETTLE_MS, () => {
      if (hosted.get(index) === one) one.attended.settle()
    })
  }

  /** All rooms go on in the new epoch, with their settings and their members, and without what was said. */
  function beginAnew(): void {
    const before = [...hosted.values()]
    hosted.clear()
    for (const { subscription } of before) subscription.end()
    for (const { shard, isReady } of before) {
      // Of rooms that were not taken in yet others know better; their snapshots are there.
      for (const room of shard.rooms.values()) if (isReady || room.sockets > 0) park(room)
      for (const room of shard.parked.values()) park(room)
    }
    for (const { attended } of before) carryOver(attended)
  }

  /** Who is at other gateways is still there, until the shards that are taken up anew say otherwise. */
  function carryOver(attended: Attended): void {
    for (const place of attended) {
      const next = hosted.get(shardOf(place.room, bus.shards))
      if (next === undefined) attended.tell(place.gateway, place.room, undefined)
      else next.attended.carryOver(place)
    }
  }

  function park(room: Room): void {
    const index = shardOf(room.key, bus.shards)
    const { shard, subscription } = hosted.get(index) ?? takeUp(index, 0)
    shard.park(room)
    // Its members must not be told how far the log was read before they have had what is in it for them.
    void subscription.taken(room.key)
  }

  /** @returns `undefined` when it takes longer, in milliseconds. */
  async function within<T>(ms: number, task: Promise<T>): Promise<T | undefined> {
    const { promise: tooLong, resolve } = Promise.withResolvers<undefined>()
    const cancel = scheduler.after(ms, () => resolve(undefined))
    return Promise.race([task, tooLong]).finally(cancel)
  }

  function end({ subscription, attended }: Hosted): void {
    subscription.end()
    attended.forget()
  }

  /** Rooms with nobody in them anywhere are kept until they are forgotten, within reason. */
  function mayLetGo({ shard, seenMs }: Hosted): boolean {
    if (clock() - seenMs > lingerMs + 2 * options.longestTtlMs + REASON_MS) return true
    return [...shard.rooms.values()].every((room) => !options.isEmpty(room))
  }

  /** Lets go of shards in which nobody has been for a while: what is in them is in the log as well. */
  function look(): void {
    for (const [index, one] of hosted) {
      if (one.shard.isOccupied) one.seenMs = clock()
      else if (clock() - one.seenMs > lingerMs && mayLetGo(one)) {
        hosted.delete(index)
        end(one)
      }
    }
    cancelLook = scheduler.after(LOOK_MS, look)
  }

  return {
    shardOf(room) {
      const one = hosted.get(shardOf(room, bus.shards))
      return one?.isReady ? one.shard : undefined
    },

    async host(room) {
      const untilMs = clock() + TAKE_UP_MS
      while (clock() < untilMs && !isStopped) {
        const index = shardOf(room, bus.shards)
        const one = hosted.get(index) ?? takeUp(index, STRANGE_MS)
        one.seenMs = clock()
        if (one.isReady) return one.shard
        const isTaken = await within(untilMs - clock(), one.subscription.taken(room))
        if (isTaken && hosted.get(index) === one) return one.shard
        // An epoch has ended: in the next one it is taken up anew.
        if (isTaken === false)
          await new Promise<void>((resolve) => {
            scheduler.after(AGAIN_MS, resolve)
          })
      }
      return undefined
    },

    async hostAll() {
      for (let index = 0; index < bus.shards; index++) await (hosted.get(index) ?? takeUp(index, 0)).ready
    },

    async rehearse() {
      await bus.rehearse?.(options.subscriberFor(0, options.makeShard(0)))
    },

    isReady: (index) => hosted.get(index)?.isReady === true,
    find(key) {
      const shard = hosted.get(shardOf(key, bus.shards))?.shard
      return shard?.rooms.get(key) ?? shard?.parked.get(key)
    },
    isHosted: (shard) => [...hosted.values()].some((one) => one.shard === shard),

    *shards() {
      for (const { shard } of hosted.values()) yield shard
    },

    stop() {
      isStopped = true
      cancelLook()
      for (const one of hosted.values()) end(one)
    },
  }
}
