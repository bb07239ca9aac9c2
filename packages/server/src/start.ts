import { randomBytes } from 'node:crypto'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import type { AnnouncedLimits, RoomId, RoomRecord } from '@whisperrooms/protocol'
import { LIMITS } from '@whisperrooms/protocol'
import { type Bus, shardOf } from './bus/bus.ts'
import { memoryBus } from './bus/memory/memory-bus.ts'
import { type Clock, systemScheduler } from './clock.ts'
import type { Config } from './config.ts'
import { egress } from './egress/pipeline.ts'
import { app } from './http/app.ts'
import { ingress } from './ingress/pipeline.ts'
import { describeError, type Log } from './log.ts'
import { localPresence } from './people/local-presence.ts'
import { tickets } from './people/tickets.ts'
import { Expiry } from './rooms/expiry.ts'
import { Flusher } from './rooms/flusher.ts'
import type { Outcome } from './rooms/outcome.ts'
import { Shard } from './rooms/shard.ts'
import { accept } from './socket/accept.ts'
import { openings } from './socket/openings.ts'
import { lingering } from './upkeep/lingering.ts'
import { adoptSnapshots, snapshots } from './upkeep/snapshots.ts'

/** Kinds that change what a snapshot holds. */
const CONTROL_KINDS: ReadonlySet<string> = new Set(['create', 'set'])
/** How much longer than the longest time to live a ticket is good for, in milliseconds. */
const TICKET_EXTRA_MS = 60_000
const PAGE = join(import.meta.dirname, '../../web/dist')

export interface RunningGateway {
  readonly url: string
  /** Sockets open now. */
  sockets(): number
  close(): Promise<void>
}

/** Puts a gateway together and starts it: the only place that chooses adapters. */
export async function start(config: Config, log: Log): Promise<RunningGateway> {
  const clock: Clock = () => performance.now()
  const scheduler = systemScheduler
  const random = randomBytes
  const bus: Bus = memoryBus({ clock, scheduler, random, startMs: Date.now(), shards: 1, retentionMs: 0 })
  const busNow: Clock = () => bus.now()
  const longestTtlMs = config.ttl.maxSeconds * 1000
  const failed = (error: Error): never => {
    log.error(describeError(error), 'a pipeline has ended')
    throw error
  }

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
  const shardFor = (room: RoomId): Shard => shards[shardOf(room, shards.length)] as Shard

  const entering = ingress({ bus, clock, scheduler, ttl: config.ttl, failed })
  const subscriberFor = egress({ shards, busNow, observed, failed })
  function observed(record: RoomRecord, outcome: Outcome): void {
    entering.observed(record, outcome)
    const room = CONTROL_KINDS.has(record.kind) ? shardFor(record.room).rooms.get(record.room) : undefined
    if (room !== undefined) keeping.changed(room)
  }
  for (const [index, shard] of shards.entries()) {
    await adoptSnapshots(bus, index, shard)
    bus.subscribe(index, busNow() - longestTtlMs - 20_000, subscriberFor(index))
  }
  const stopLingering = lingering({ shards, bus, lingerMs: config.lingerSeconds * 1000, clock, scheduler, random })

  let closing = false
  const isReady = () => !closing && bus.isReady()
  const http = await app({ log, page: PAGE, isReady, shardOf: (room) => shardOf(room as RoomId, shards.length) })
  const acceptor = accept(http.server, {
    origins: config.origins,
    gateway: {
      shardFor,
      openings: opening,
      ingress: entering,
      presence,
      tickets: tickets(secretOf(config), busNow, longestTtlMs + TICKET_EXTRA_MS),
      ttl: config.ttl,
      limits: announced(config),
      features: [],
      busNow,
      clock,
      scheduler,
      random,
    },
  })
  await http.listen({ host: config.host, port: config.port })
  const { port } = http.server.address() as AddressInfo
  const host = config.host.includes(':') ? `[${config.host}]` : config.host

  return {
    url: `http://${host}:${port}`,
    sockets: () => acceptor.sockets,
    async close() {
      closing = true
      acceptor.close()
      stopLingering()
      await http.close()
      await bus.close()
    },
  }
}

function secretOf(config: Config): Uint8Array {
  return config.secret === undefined ? randomBytes(32) : Buffer.from(config.secret)
}

function announced({ ttl }: Config): AnnouncedLimits {
  return {
    text: LIMITS.textChars,
    textBytes: LIMITS.textBytes,
    frame: LIMITS.frameBytes,
    name: LIMITS.nameChars,
    ttlMin: ttl.minSeconds,
    ttlMax: ttl.maxSeconds,
    heartbeat: LIMITS.heartbeatMs,
    typing: LIMITS.typingMs,
    replay: LIMITS.replayFrames,
    resume: LIMITS.resumeFrames,
    inFlight: LIMITS.inFlightFrames,
  }
}
