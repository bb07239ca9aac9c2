import type { Bus } from '../bus/bus.ts'
import type { Clock } from '../clock.ts'
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

/** The brokers are asked this often at the most, in milliseconds: anybody may ask for a proof, and their settings hardly ever change. */
const ASK_MS = 10_000

export interface ProofSource {
  readonly bus: Pick<Bus, 'erasedWithin'>
  readonly shards: () => Iterable<Shard>
  readonly isInMemory: boolean
  readonly clock: Clock
}

export function proof({ bus, shards, isInMemory, clock }: ProofSource): () => Promise<Proof> {
  let asked: { readonly atMs: number; readonly answer: ReturnType<Bus['erasedWithin']> } | undefined

  function erasedWithin(): ReturnType<Bus['erasedWithin']> {
    if (asked !== undefined && clock() - asked.atMs < ASK_MS) return asked.answer
    const asking = { atMs: clock(), answer: bus.erasedWithin() }
    asked = asking
    asking.answer.catch(() => {
      if (asked === asking) asked = undefined
    })
    return asking.answer
  }

  return async () => {
    const held = { rooms: 0, messages: 0, bytes: 0 }
    for (const { rooms } of shards())
      for (const { log } of rooms.values()) {
        held.rooms++
        held.messages += log.messages
        held.bytes += log.bytes
      }
    const seconds = await erasedWithin()
    if (seconds === undefined) return { held, broker: null }
    return { held, broker: { erasedWithin: Number.isFinite(seconds) ? seconds : null, declaredInMemory: isInMemory } }
  }
}
