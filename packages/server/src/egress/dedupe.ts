import type { Transform } from 'node:stream'
import { LIMITS } from '@whisperrooms/protocol'
import type { Shard } from '../rooms/shard.ts'
import { batchStage } from '../streams/stage.ts'
import type { FirstUnderKey, Observed } from './observed.ts'

/**
 * Marks what was appended before under the same key by the same member, within 15 s. That is enough: a record is void 10 s after it
 * was first tried. Counted in append times, so every gateway decides alike.
 */
export function dedupe(): Transform {
  const shards = new WeakMap<Shard, Keys>()
  const keysOf = (shard: Shard): Keys => {
    const known = shards.get(shard) ?? new Keys()
    shards.set(shard, known)
    return known
  }

  return batchStage<Observed, Observed>((item) => {
    if (item.type === 'progress') {
      keysOf(item.shard).turn(item.readUpToMs)
      return item
    }
    if (item.type === 'loss' || item.fate === 'void' || item.appended.record.kind === 'typing') return item
    const { record, at } = item.appended
    const { known, first } = keysOf(item.shard).take(`${record.member} ${record.key}`, at)
    return { ...item, fate: known ? 'duplicate' : item.fate, first }
  })
}

const isVoid = ({ outcome }: FirstUnderKey): boolean => outcome !== undefined && !outcome.ok && outcome.isVoid

/** The keys of one shard, by its own append times. A member id is of one room, so it needs no room beside it. */
class Keys {
  #young = new Map<string, FirstUnderKey>()
  #old = new Map<string, FirstUnderKey>()
  #youngSince = 0

  take(id: string, at: number): { readonly known: boolean; readonly first: FirstUnderKey } {
    const known = this.#young.get(id) ?? this.#old.get(id)
    const counts = known !== undefined && at - known.at < LIMITS.duplicateMs && !isVoid(known)
    if (counts) return { known: true, first: known }
    const first: FirstUnderKey = { at, outcome: undefined }
    this.#young.set(id, first)
    return { known: false, first }
  }

  /** Forgets what was appended more than two spans before. Only once all was read up to then: rooms may come one after another. */
  turn(nowMs: number): void {
    if (nowMs - this.#youngSince <= LIMITS.duplicateMs) return
    this.#old = this.#young
    this.#young = new Map()
    this.#youngSince = nowMs
  }
}
