import { type AnnouncedLimits, LIMITS, type RoomKey, type RoomRecord } from '@whisperrooms/protocol'
import { type Bus, type Subscription, shardOf } from './bus/bus.ts'
import type { Clock, Random, Scheduler } from './clock.ts'
import type { Config } from './config.ts'
import { egress } from './egress/pipeline.ts'
import { ingress } from './ingress/pipeline.ts'
import { localPresence } from './people/local-presence.ts'
import { tickets } from './people/tickets.ts'
import { Expiry } from './rooms/expiry.ts'
import { Flusher } from './rooms/flusher.ts'
import type { Outcome } from './rooms/outcome.ts'
import { Shard } from './rooms/shard.ts'
import type { Gateway } from './socket/gateway.ts'
import { openings } from './socket/openings.ts'
import { lingering } from './upkeep/lingering.ts'
import { adoptSnapshots, snapshots } from './upkeep/snapshots.ts'

/** Kinds that change what a snapshot holds. */
const CONTROL_KINDS: ReadonlySet<string> = new Set(['create', 'set'])
/** How much longer than the longest time to live a ticket is good for, in milliseconds. */
const TICKET_EXTRA_MS = 60_000
/** How much further back than the longest time to live a shard is read when it is taken up, in milliseconds. */
const TAKE_UP_EXTRA_MS = 20_000

/** What a gateway is made of that differs between a process and a test. */
export interface Parts {
  readonly bus: Bus
  readonly clock: Clock
  readonly scheduler: Scheduler
  readonly random: Random
  /** Signs tickets. */
  readonly secret: Uint8Array
  readonly config: Pick<Config, 'ttl' | 'roomBytes' | 'lingerSeconds'>
  /** A pipeline has ended, which it never should. */
  readonly failed: (error: Error) => void
}

export interface Assembled {
  readonly gateway: Gateway
  readonly shards: readonly Shard[]
  readonly expiry: Expiry
  stop(): void
}

/** Puts the parts of a gateway together, from the sessions' side of the bus to the rooms: all but sockets and HTTP. */
export async function assemble({ bus, clock, scheduler, random, secret, config, failed }: Parts): Promise<Assembled> {
  const busNow: Clock = () => bus.now()
  const longestTtlMs = config.ttl.maxSeconds * 1000
  const presence = localPresence(clock, scheduler, (room, frame) => {
    shardFor(room).rooms.get(room)?.signal(JSON.stringify(frame))
  })
  const opening = openings(bus, scheduler, random)
  const keeping = snapshots(bus, scheduler)
  const flusher = new Flusher(busNow, clock, scheduler)
  const expiry = new Expiry(busNow, clock, scheduler)
  const shards = Array.from(
    { length: bus.shards },
    (_, shard) =>
      new Shard({
        epoch: bus.epoch(shard),
        busNow,
        flusher,
        expiry,
        roomBytes: config.roomBytes,
        longestTtlMs,
        onRoom: opening.opened,
        onForgotten: keeping.forgotten,
      }),
  )
  const shardFor = (room: RoomKey): Shard => shards[shardOf(room, shards.length)] as Shard

  const entering = ingress({ bus, clock, scheduler, ttl: config.ttl, failed })
  const subscriberFor = egress({ shards, busNow, observed, failed })
  function observed(record: RoomRecord, outcome: Outcome): void {
    entering.observed(record, outcome)
    const room = CONTROL_KINDS.has(record.kind) ? shardFor(record.room).rooms.get(record.room) : undefined
    if (room !== undefined) keeping.changed(room)
  }

  const subscriptions: Subscription[] = []
  for (const [index, shard] of shards.entries()) {
    await adoptSnapshots(bus, index, shard)
    subscriptions.push(bus.subscribe(index, busNow() - longestTtlMs - TAKE_UP_EXTRA_MS, subscriberFor(index)))
  }
  await Promise.all(subscriptions.map(({ caughtUp }) => caughtUp))
  const stopLingering = lingering({ shards, bus, lingerMs: config.lingerSeconds * 1000, clock, scheduler, random })

  return {
    shards,
    expiry,
    gateway: {
      keyOf: (room) => bus.keyOf(room),
      shardFor,
      openings: opening,
      ingress: entering,
      presence,
      tickets: tickets(secret, busNow, longestTtlMs + TICKET_EXTRA_MS),
      ttl: config.ttl,
      limits: announced(config.ttl),
      features: [],
      busNow,
      clock,
      scheduler,
      random,
    },
    stop() {
      stopLingering()
      for (const subscription of subscriptions) subscription.end()
    },
  }
}

function announced(ttl: Config['ttl']): AnnouncedLimits {
  return {
    text: LIMITS.textChars,
    textBytes: LIMITS.textBytes,
    frame: LIMITS.frameBytes,
    name: LIMITS.nameChars,
    ttlMin: ttl.minSeconds,
    ttlMax: ttl.maxSeconds,
    ttlDefault: ttl.defaultSeconds,
    heartbeat: LIMITS.heartbeatMs,
    typing: LIMITS.typingMs,
    replay: LIMITS.replayFrames,
    resume: LIMITS.resumeFrames,
    inFlight: LIMITS.inFlightFrames,
  }
}
