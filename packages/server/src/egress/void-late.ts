import type { Transform } from 'node:stream'
import { batchStage } from '../streams/stage.ts'
import type { Observed } from './observed.ts'

/** Voids what was appended after its `notAfter`: it has no effect, on any gateway, so its sender may safely send it anew. */
export function voidLate(): Transform {
  return batchStage<Observed, Observed>((item) =>
    item.type === 'record' && item.appended.at > item.appended.record.notAfter ? { ...item, fate: 'void' } : item,
  )
}
