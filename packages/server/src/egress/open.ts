import type { Transform } from 'node:stream'
import { batchStage } from '../streams/stage.ts'
import type { Observed } from './observed.ts'

/** Drops what is not a record of this version. */
export function open(): Transform {
  return batchStage<Observed, Observed>((item) =>
    item.type === 'record' && item.appended.record.v !== 1 ? undefined : item,
  )
}
