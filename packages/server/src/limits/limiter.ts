import type { MemberId, RoomKey } from '@whisperrooms/protocol'
import type { Clock } from '../clock.ts'
import type { Presence } from '../people/presence.ts'
import { AbuseScore, type Offence, pointsOf, SUSTAINED_PER_SECOND } from './abuse-score.ts'
import { BucketGroup, type Buckets } from './bucket-group.ts'
import { Keyed } from './keyed.ts'
import type { LimitsConfig } from './limits-config.ts'
import type { LimitReason, Refusal } from './refusal.ts'
import { retryAfterOf } from './retry-after.ts'
import { TokenBucket } from './token-bucket.ts'

/** Where something is to be said, and by whom. */
export interface Speaker {
  readonly room: RoomKey
  readonly member: MemberId
}

export interface Visitor {
  readonly room: { readonly key: RoomKey }
  readonly member: MemberId
}

/** What one address has under way: a connection, or a request without one. */
export interface ClientLimits {
  /**
   * Something is to be said that all in the room get, or that costs as much: counted if it may be, and not otherwise.
   *
   * @param isKept whether it takes memory for as long as it lives: while there is none, what takes none may be said, as what frees some.
   */
  message(speaker: Speaker, bytes: number, isKept: boolean): Refusal | undefined
  /** Something cheap that only its sender gets an answer to. */
  signal(bytes: number): Refusal | undefined
  /** A room is to be made. */
  makeRoom(): Refusal | undefined
  /** A member is let in, whom the room may hold already. */
  enter(presence: Pick<Presence, 'countOf' | 'nameOf'>, visitor: Visitor): Refusal | undefined
  /** A signal of typing came too soon. */
  typedTooSoon(): void
  /** @returns whether that was one too many: the connection is to be closed. */
  offend(offence: Offence): boolean
  /**
   * To be asked after each offence: for how long nothing more is to be read of the connection, in milliseconds; 0: it may go on. Only
   * who offends so fast that it would be closed for it is slowed down, and if it goes on all the same, that counts as well.
   */
  slowDown(offence: Offence): number
  /** The connection has ended. */
  end(): void
}

/** Holds clients to the operator's limits. Everything here is O(1) and without timers. */
export interface Limiter {
  /** A socket asks to become a connection. */
  upgrade(address: string): Refusal | undefined
  /** A connection of this address, from now until its `end`. */
  open(address: string): ClientLimits
  /** The same for a request, which is no connection: it need not be ended. */
  request(address: string): ClientLimits
  /** To be called about once a second: forgets whom there is nothing to be remembered of, a part of them at a time. */
  forget(): void
  /** Connections that are open. */
  readonly connections: number
}

export interface LimiterOptions {
  readonly limits: Omit<LimitsConfig, 'trustedProxies'>
  readonly clock: Clock
  /** Bytes that the logs of all rooms take now. */
  readonly usedBytes: () => number
  /** Something was refused. */
  readonly refused: (reason: LimitReason) => void
}

/** Limits of one connection alone. */
const OWN: ReadonlySet<LimitReason> = new Set(['connection', 'bytes', 'typing', 'abuse'])
/** Nobody is asked to come again sooner, in milliseconds: a client sends its whole queue again, and each refusal costs more than a message. */
const LEAST_WAIT_MS = 500
/** So many addresses, members or rooms are remembered at the most, some 150 bytes each. */
const MOST_KEYS = 100_000
/** So many of each kind are looked at at a time: well below a millisecond, and all of them within two minutes. */
const LOOKS = 1_000
/** A whole address is refused when it has so many times the points at which one connection is closed. */
const ADDRESS_ABUSE = 10
/**
 * In shares of the points that close a connection: what it may offend at once before it is slowed down, with how little left it
 * is, until how much at the least is left, and what a second of it counts. Pauses are short, so that many who are slowed down at
 * the same time do not go on in one lump.
 */
const UNSLOWED = 1 / 40
const SLOWED_AT = 1 / 2_000
const GOES_ON_AT = 1 / 1_000
const SLOWED_COUNTS = 1 / 3
/** Bytes at once, in seconds of the rate. */
const BYTES_BURST_SECONDS = 4

export function limiter({ limits, clock, usedBytes, refused }: LimiterOptions): Limiter {
  const group = (rate: number, burst: number): BucketGroup => new BucketGroup(rate, burst, MOST_KEYS)
  const sessions = group(limits.session, limits.session * 2)
  const addresses = group(limits.address, limits.address * 2)
  const rooms = group(limits.room, limits.room * 2)
  const upgrades = group(limits.upgrades, limits.upgrades * 3)
  const made = group(limits.rooms / 60, limits.rooms)
  const upgradesTotal = new TokenBucket(limits.upgradesTotal, limits.upgradesTotal * 2, clock())
  const scores = new Keyed<string, AbuseScore>((nowMs) => new AbuseScore(nowMs), MOST_KEYS)
  const perAddress = new Map<string, number>()
  let connections = 0

  function refuse(reason: LimitReason, code: Refusal['code'], retryAfter = retryAfterOf(code) ?? 1_000): Refusal {
    refused(reason)
    return { code, retryAfter, isShared: !OWN.has(reason) }
  }

  const isFull = (): boolean => limits.memory > 0 && usedBytes() >= limits.memory

  /** Takes from all buckets, or from none. */
  function take(buckets: Buckets, nowMs: number): Refusal | undefined {
    for (const [reason, bucket, tokens] of buckets) {
      if (bucket === undefined || bucket.waitMs(tokens, nowMs) === 0) continue
      const waitMs = bucket.waitMs(comfortable(reason, limits, tokens), nowMs)
      return refuse(reason, 'rate_limited', Math.max(LEAST_WAIT_MS, waitMs))
    }
    for (const [, bucket, tokens] of buckets) bucket?.take(tokens)
    return undefined
  }

  function client(address: string, end: () => void): ClientLimits {
    const own = (rate: number, burst: number) => (rate > 0 ? new TokenBucket(rate, burst, clock()) : undefined)
    const messages = own(limits.messages, limits.burst)
    const signals = own(limits.messages, limits.burst)
    const bytesIn = own(limits.bytes, limits.bytes * BYTES_BURST_SECONDS)
    const score = new AbuseScore(clock())
    const patience = own(limits.abuse * SUSTAINED_PER_SECOND, limits.abuse * UNSLOWED)
    let heldPoints = 0
    return {
      message({ room, member }, bytes, isKept) {
        if (isKept && isFull()) return refuse('memory', 'server_full', 1_000)
        const nowMs = clock()
        const buckets: Buckets = [
          ['connection', messages, 1],
          ['bytes', bytesIn, bytes],
          ['session', sessions.get(member, nowMs), 1],
          ['address', addresses.get(address, nowMs), 1],
          ['room', rooms.get(room, nowMs), 1],
        ]
        return take(buckets, nowMs)
      },
      signal(bytes) {
        const buckets: Buckets = [
          ['connection', signals, 1],
          ['bytes', bytesIn, bytes],
        ]
        return take(buckets, clock())
      },
      makeRoom() {
        if (isFull()) return refuse('memory', 'server_full')
        const nowMs = clock()
        return take([['rooms', made.get(address, nowMs), 1]], nowMs)
      },
      enter(presence, { room: { key }, member }) {
        if (limits.members === 0 || presence.nameOf(key, member) !== undefined) return undefined
        return presence.countOf(key) < limits.members ? undefined : refuse('members', 'room_full')
      },
      typedTooSoon: () => refused('typing'),
      offend(offence) {
        const points = pointsOf(offence)
        if (limits.abuse === 0 || points === 0) return false
        const nowMs = clock()
        score.add(points, nowMs)
        patience?.take(points)
        // Being held comes of somebody's limit: of a queue that is sent again, or of a flood. Which it was shows when it was too much.
        if (offence === 'held') heldPoints += points
        else scores.get(address, nowMs).add(points, nowMs)
        if (score.points(nowMs) < limits.abuse) return false
        scores.get(address, nowMs).add(Math.min(heldPoints, limits.abuse), nowMs)
        heldPoints = 0
        refused('abuse')
        return true
      },
      slowDown(offence) {
        const nowMs = clock()
        if (patience === undefined || patience.waitMs(limits.abuse * SLOWED_AT, nowMs) === 0) return 0
        const waitMs = patience.waitMs(Math.max(pointsOf(offence), limits.abuse * GOES_ON_AT), nowMs)
        // A queue that is sent again is held as one: slowed down it is no flood.
        if (offence !== 'held') score.add((limits.abuse * SLOWED_COUNTS * waitMs) / 1_000, nowMs)
        return waitMs
      },
      end,
    }
  }

  /** How long an address must wait that has done nothing but harm. */
  function banMs(address: string, nowMs: number): number {
    if (limits.abuse === 0) return 0
    return scores.peek(address)?.waitMs(limits.abuse * ADDRESS_ABUSE, nowMs) ?? 0
  }

  return {
    upgrade(address) {
      const nowMs = clock()
      const waitMs = banMs(address, nowMs)
      if (waitMs > 0) return refuse('abuse', 'rate_limited', waitMs)
      if (limits.connections > 0 && connections >= limits.connections) return refuse('connections', 'server_full')
      const ofAddress = perAddress.get(address) ?? 0
      if (limits.connectionsPerAddress > 0 && ofAddress >= limits.connectionsPerAddress)
        return refuse('connections_per_address', 'rate_limited')
      const tooFast = take([['upgrades', upgrades.get(address, nowMs), 1]], nowMs)
      if (tooFast !== undefined) return tooFast
      if (limits.upgradesTotal === 0) return undefined
      const totalMs = upgradesTotal.waitMs(1, nowMs)
      if (totalMs > 0) return refuse('upgrades_total', 'server_full', Math.max(1_000, totalMs))
      upgradesTotal.take(1)
      return undefined
    },

    open(address) {
      connections++
      perAddress.set(address, (perAddress.get(address) ?? 0) + 1)
      let isOpen = true
      return client(address, () => {
        if (!isOpen) return
        isOpen = false
        connections--
        const left = (perAddress.get(address) ?? 1) - 1
        if (left > 0) perAddress.set(address, left)
        else perAddress.delete(address)
      })
    },

    request: (address) => client(address, () => undefined),

    forget() {
      const nowMs = clock()
      for (const kept of [sessions, addresses, rooms, upgrades, made, scores]) kept.forget(nowMs, LOOKS)
    },

    get connections() {
      return connections
    },
  }
}

/**
 * For how many tokens a refused client should wait: half a second's worth, so that a queue goes on in small batches and not with a
 * refusal for each message.
 */
function comfortable(reason: LimitReason, limits: LimiterOptions['limits'], tokens: number): number {
  return reason === 'connection' ? Math.max(tokens, Math.min(limits.burst, limits.messages / 2)) : tokens
}
