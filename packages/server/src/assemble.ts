import { type AnnouncedLimits, LIMITS, type RoomKey } from '@whisperrooms/protocol'
import { type Operator, operator } from './admin/operator.ts'
import type { ReadOnly } from './admin/read-only.ts'
import { type Bus, shardOf } from './bus/bus.ts'
import type { Clock, Random, Scheduler } from './clock.ts'
import type { Config } from './config.ts'
import { egress } from './egress/pipeline.ts'
import type { MakeStage } from './ingress/optional-stages.ts'
import { ingress } from './ingress/pipeline.ts'
import { type Limiter, limiter } from './limits/limiter.ts'
import type { LimitReason } from './limits/refusal.ts'
import { meters as countAll, type Meters } from './metrics/meters.ts'
import { timedBus } from './metrics/timed-bus.ts'
import type { Tracing } from './metrics/tracing.ts'
import { invites } from './people/invites.ts'
import { sharedPresence } from './people/shared-presence.ts'
import { tickets } from './people/tickets.ts'
import type { Tokens } from './people/tokens.ts'
import { Expiry } from './rooms/expiry.ts'
import { Flusher } from './rooms/flusher.ts'
import type { Room } from './rooms/room.ts'
import { Shard } from './rooms/shard.ts'
import type { Gateway } from './socket/gateway.ts'
import { openings } from './socket/openings.ts'
import { type Hosting, hosting } from './upkeep/hosting.ts'
import { lingering } from './upkeep/lingering.ts'
import { revivals } from './upkeep/revivals.ts'
import { operatorRecord } from './upkeep/room-record.ts'
import { adoptSnapshot, snapshots } from './upkeep/snapshots.ts'

/** Kinds that change what a snapshot holds. */
const CONTROL_KINDS: ReadonlySet<string> = new Set(['create', 'set', 'kick', 'bar', 'use', 'revoke', 'mute', 'role'])
/** How much longer than the longest time to live a ticket is good for, in milliseconds. */
const TICKET_EXTRA_MS = 60_000
/** How often the limits forget whom there is nothing to be remembered of, in milliseconds. */
const FORGET_MS = 1_000

/** What a gateway is made of that differs between a process and a test. */
export interface Parts {
  readonly bus: Bus
  readonly clock: Clock
  readonly scheduler: Scheduler
  readonly random: Random
  /** Signs tickets. */
  readonly secret: Uint8Array
  readonly config: Pick<Config, 'ttl' | 'roomBytes' | 'lingerSeconds' | 'limits'>
  /** Reads the tokens of whoever comes in; `undefined`: nobody needs one. */
  readonly tokens?: Tokens | undefined
  /** What the operator has put into the ingress pipeline; without it nothing. */
  readonly stages?: readonly MakeStage[]
  /** A client was refused something by a limit. */
  readonly limited: (reason: LimitReason) => void
  /** Counts what is done; without it nobody looks. */
  readonly meters?: Meters
  /** `undefined`: nobody traces. */
  readonly tracing?: Tracing | undefined
  /** A pipeline has ended, which it never should. */
  readonly failed: (error: Error) => void
}

export interface Assembled {
  readonly gateway: Gateway
  readonly hosting: Hosting
  readonly operator: Operator
  readonly readOnly: ReadOnly
  stop(): void
}

/** Puts the parts of a gateway together, from the sessions' side of the bus to the rooms: all but sockets and HTTP. */
export async function assemble({
  bus,
  clock,
  scheduler,
  random,
  secret,
  config,
  tokens,
  stages,
  limited,
  meters = countAll(),
  tracing,
  failed,
}: Parts): Promise<Assembled> {
  const longestTtlMs = config.ttl.maxSeconds * 1000
  const lingerMs = config.lingerSeconds * 1000
  const busNow = (room: RoomKey) => bus.now(shardOf(room, bus.shards))
  const roomOf = (room: RoomKey): Room | undefined => rooms.shardOf(room)?.rooms.get(room)
  const isEmpty = (room: Room) => presence.countOf(room.key) === 0

  const presence = sharedPresence({
    clock,
    scheduler,
    busNow,
    announce: (room, frame) => rooms.find(room)?.signal(JSON.stringify(frame)),
    share: (room, attendance) => bus.putAttendance(room, attendance),
  })
  const opening = openings(bus, scheduler, random)
  const isCurrent = (room: Room) => roomOf(room.key) === room
  const keeping = snapshots({ bus, isCurrent, clock, scheduler, random })
  const flusher = new Flusher(clock, scheduler, meters.slices)
  const expiry = new Expiry(clock, scheduler, meters.expiredLate)
  const revive = revivals({ bus, isHosted: (shard) => rooms.isHosted(shard), scheduler, random })
  const makeShard = (index: number) =>
    new Shard({
      epoch: bus.epoch(),
      busNow: () => bus.now(index),
      flusher,
      expiry,
      roomBytes: config.roomBytes,
      longestTtlMs,
      onRoom: opening.opened,
      onForgotten(room) {
        // While the shard is being taken up, it may have been made again since.
        if (rooms.isReady(index)) keeping.forgotten(room)
      },
      onParked: revive,
      meter: meters.delivery,
    })

  const readOnly: ReadOnly = { isOn: false }
  const timed = timedBus(bus, clock, meters.confirmed, tracing?.takingUp)
  const entering = ingress({
    bus: timed,
    clock,
    scheduler,
    ttl: config.ttl,
    stages,
    isReadOnly: () => readOnly.isOn,
    answered: tracing?.answered,
    failed,
  })
  const operating = operator({ bus, host: (room) => rooms.host(room), scheduler, random })
  const intakeOf = egress({
    failed,
    observed(record, outcome) {
      meters.observed++
      const isOurs = entering.observed(record, outcome) || operating.observed(record, outcome)
      const room = CONTROL_KINDS.has(record.kind) ? roomOf(record.room) : undefined
      if (room !== undefined) keeping.changed(room, isOurs)
    },
  })
  const rooms = hosting({
    bus: timed,
    longestTtlMs,
    lingerMs,
    clock,
    scheduler,
    makeShard,
    onReady(shard, waitMs) {
      revive(shard, waitMs)
      // What was read till then is in no snapshot of this gateway's.
      for (const room of shard.rooms.values()) keeping.changed(room, false)
      // Of one that was closed meanwhile nothing may come back with the next take-up.
      for (const room of shard.shut()) bus.putSnapshot(room, undefined)
    },
    isEmpty,
    subscriberFor: (index, shard) => ({
      ...intakeOf(shard),
      begins: (offset) => shard.begin(offset),
      snapshot(snapshot) {
        if (!rooms.isReady(index)) adoptSnapshot(shard, snapshot)
        const known = shard.rooms.get(snapshot.room)
        if (known !== undefined) keeping.put(known, snapshot)
      },
      withdrawn(room) {
        const known = shard.rooms.get(room)
        if (known !== undefined) keeping.withdrawn(known)
      },
      attendance: (gateway, room, attendance) => presence.attend(gateway, room, attendance),
    }),
  })
  // A log of one's own is read from its beginning, or not at all.
  if (bus.isShared) await rooms.rehearse()
  else await rooms.hostAll()
  /** Bytes that the logs of all rooms here take. */
  function usedBytes(): number {
    let bytes = 0
    for (const shard of rooms.shards()) bytes += shard.bytes
    return bytes
  }
  const limits = limiter({ limits: config.limits, clock, usedBytes, refused: limited })
  const stopForgetting = forgetting(limits, scheduler)
  const stopLingering = lingering({
    shards: () => rooms.shards(),
    bus,
    lingerMs,
    longestTtlMs,
    isEmpty,
    clock,
    scheduler,
    random,
  })

  return {
    hosting: rooms,
    operator: operating,
    readOnly,
    gateway: {
      keyOf: (room) => bus.keyOf(room),
      host: (room) => rooms.host(room),
      names: new WeakMap(),
      openings: opening,
      ingress: {
        ...entering,
        submit(intent) {
          meters.submitted++
          tracing?.submitted(intent)
          entering.submit(intent)
        },
      },
      refused: meters.refused,
      tracing,
      presence,
      tickets: tickets(secret, () => bus.now(0), longestTtlMs + TICKET_EXTRA_MS),
      ttl: config.ttl,
      limiter: limits,
      bar(room, via) {
        void bus.publish([operatorRecord('bar', room.key, { via }, room.now, random)])
      },
      use: operating.use,
      invites: invites(secret, random),
      limits: announced(config.ttl),
      tokens,
      features: ['react', 'kick', 'mute', 'role', 'invite', 'close', ...(tokens === undefined ? [] : ['auth'])],
      clock,
      scheduler,
      random,
    },
    stop() {
      stopLingering()
      stopForgetting()
      keeping.stop()
      rooms.stop()
    },
  }
}

/** @returns the function that stops it. */
function forgetting(limits: Limiter, scheduler: Scheduler): () => void {
  let cancel = scheduler.after(FORGET_MS, forget)
  function forget(): void {
    limits.forget()
    cancel = scheduler.after(FORGET_MS, forget)
  }
  return () => cancel()
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
