import type { Clock, Scheduler } from '../../clock.ts'
import type { GatewayId } from '../bus.ts'
import { type Heartbeat, stateKey } from './state-entries.ts'
import type { StateTopic } from './state-topic.ts'

/** How often a gateway says that it is there, in milliseconds. */
const BEAT_MS = 2_000
/** A gateway that has not said so for this long is gone, in milliseconds: the grace of its members, too. */
const GONE_MS = 10_000
/** When nothing could be read for this long, nobody's silence says anything, in milliseconds. */
const DEAF_MS = 3_000
/** Heartbeats stand in this partition. */
export const HEARTBEAT_PARTITION = 0

/** Another gateway on these topics has another secret: they cannot serve the same rooms. */
export class OtherSecretError extends Error {
  override readonly name = 'OtherSecretError'
  readonly code = 'other_secret'
}

export interface RosterOptions {
  readonly gateway: GatewayId
  readonly state: StateTopic
  /** What this gateway says of itself now. */
  readonly heartbeat: () => Heartbeat
  readonly clock: Clock
  readonly scheduler: Scheduler
  readonly came: (gateway: GatewayId) => void
  readonly gone: (gateway: GatewayId) => void
}

interface Peer {
  /** When it was last heard, on the monotonic clock. */
  heardMs: number
  heartbeat: Heartbeat
}

/** Which gateways there are, by their heartbeats. */
export class Roster {
  readonly #options: RosterOptions
  readonly #peers = new Map<GatewayId, Peer>()
  #readMs = Number.NEGATIVE_INFINITY
  /** When one with another secret was last heard. */
  #strangerMs = Number.NEGATIVE_INFINITY
  #cancel = () => {}

  constructor(options: RosterOptions) {
    this.#options = options
  }

  /** Begins to say that this gateway is there. */
  start(): void {
    const { gateway, state, heartbeat, scheduler } = this.#options
    void state.put(HEARTBEAT_PARTITION, stateKey.heartbeat(gateway), heartbeat())
    this.#cancel = scheduler.after(BEAT_MS, () => this.start())
  }

  /** Says at once what has changed about this gateway. */
  beat(): void {
    this.#cancel()
    this.start()
  }

  /** @param ageMs how long ago it was said, as far as is known. */
  heard(gateway: GatewayId, heartbeat: Heartbeat | undefined, ageMs: number): void {
    if (gateway === this.#options.gateway) return
    if (heartbeat === undefined || ageMs > GONE_MS) {
      if (heartbeat === undefined) this.#drop(gateway)
      return
    }
    const heardMs = this.#options.clock() - Math.max(0, ageMs)
    const peer = this.#peers.get(gateway)
    this.#peers.set(gateway, { heardMs, heartbeat })
    if (peer === undefined) this.#options.came(gateway)
  }

  /** Everything that was said before `asOf`, on the monotonic clock, has been heard. */
  read(asOf: number): void {
    const wasDeaf = asOf - this.#readMs > DEAF_MS
    this.#readMs = asOf
    for (const [gateway, peer] of this.#peers) {
      if (wasDeaf) peer.heardMs = Math.max(peer.heardMs, asOf)
      if (asOf - peer.heardMs > GONE_MS) this.#drop(gateway)
    }
  }

  isHere(gateway: GatewayId): boolean {
    return this.#peers.has(gateway)
  }

  /** Whether all gateways are in the same epoch. */
  agreesOn(epoch: string): boolean {
    return [...this.#peers.values()].every(({ heartbeat }) => heartbeat.epoch === epoch)
  }

  /** A gateway was heard that has not our secret. @param ageMs how long ago it was said, as far as is known. */
  heardStranger(ageMs: number): void {
    this.#strangerMs = Math.max(this.#strangerMs, this.#options.clock() - Math.max(0, ageMs))
  }

  /** Whether there are gateways with another secret. */
  get hasStrangers(): boolean {
    return this.#options.clock() - this.#strangerMs < GONE_MS
  }

  /** The highest version of records that all can read. */
  commonVersion(own: number): number {
    return Math.min(own, ...[...this.#peers.values()].map(({ heartbeat }) => heartbeat.reads))
  }

  close(): void {
    this.#cancel()
  }

  #drop(gateway: GatewayId): void {
    if (this.#peers.delete(gateway)) this.#options.gone(gateway)
  }
}
