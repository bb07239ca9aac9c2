import type { Transform } from 'node:stream'
import { deadlineOf } from '../rooms/deadline.ts'
import { batchStage } from '../streams/stage.ts'
import type { Observed } from './observed.ts'

const NOTHING = new Uint8Array(0)

/** Kinds whose body says nothing but what they are about. */
const WORDLESS: ReadonlySet<string> = new Set(['unsend'])

/**
 * Takes the body from what had ended before it was read: its place, its key and whose it was count all the same. Changes of the room
 * itself have no end and pass, and what was unsent must not count as missed.
 */
export function stripExpired(): Transform {
  return batchStage<Observed, Observed>((item) => {
    if (item.type !== 'record' || item.fate !== 'live') return item
    const { record, at } = item.appended
    if (WORDLESS.has(record.kind)) return item
    if ((record.ttl === 0 && record.deadline === undefined) || deadlineOf(record, at) > item.shard.now) return item
    return { ...item, appended: { ...item.appended, record: { ...record, body: NOTHING } } }
  })
}
