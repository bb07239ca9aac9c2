import type { Bus } from '../bus/bus.ts'
import type { Shard } from '../rooms/shard.ts'

/** What `GET /api/proof` answers: what is held now, in numbers, and by when it is gone. Never content, never names. */
export interface Proof {
  readonly held: {
    readonly rooms: number
    /** Living messages. */
    readonly messages: number
    /** Memory that the rooms' logs take. */
    readonly bytes: number
  }
  /** `null` without brokers: then what is held is in this process's memory and nowhere else. */
  readonly broker: {
    /** So many seconds after its sending the bytes of a message are gone from every broker that runs, as computed from their settings now; `null`: never. */
    readonly erasedWithin: number | null
    /** Whether the operator says that the brokers keep their logs in memory. Nobody else can know. */
    readonly declaredInMemory: boolean
  } | null
}

export interface ProofSource {
  readonly bus: Bus
  readonly shards: () => Iterable<Shard>
  readonly isInMemory: boolean
}

export function proof({ bus, shards, isInMemory }: ProofSource): () => Promise<Proof> {
  return async () => {
    const held = { rooms: 0, messages: 0, bytes: 0 }
    for (const { rooms } of shards())
      for (const { log } of rooms.values()) {
        held.rooms++
        held.messages += log.messages
        held.bytes += log.bytes
      }
    const seconds = await bus.erasedWithin()
    if (seconds === undefined) return { held, broker: null }
    return { held, broker: { erasedWithin: Number.isFinite(seconds) ? seconds : null, declaredInMemory: isInMemory } }
  }
}
