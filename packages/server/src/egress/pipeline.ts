import { PassThrough, pipeline } from 'node:stream'
import type { RoomRecord } from '@whisperrooms/protocol'
import type { BusSubscriber } from '../bus/bus.ts'
import type { Outcome } from '../rooms/outcome.ts'
import type { Shard } from '../rooms/shard.ts'
import { dedupe } from './dedupe.ts'
import type { Observed } from './observed.ts'
import { open } from './open.ts'
import { route } from './route.ts'
import { stripExpired } from './strip-expired.ts'
import { voidLate } from './void-late.ts'

export interface EgressOptions {
  /** Told what became of every record. */
  readonly observed: (record: RoomRecord, outcome: Outcome) => void
  /** The pipeline has ended, which it never should. */
  readonly failed: (error: Error) => void
}

/** What the pipeline takes in of a shard. */
export type Intake = Pick<BusSubscriber, 'take' | 'missed'>

/** Batches that may wait; each is what a read brought of one shard. */
const WAITING_BATCHES = 16

/** From the bus to the rooms, a batch at a time: open · void what came late · strip what has expired · dedupe · route. */
export function egress({ observed, failed }: EgressOptions): (shard: Shard) => Intake {
  const source = new PassThrough({ objectMode: true, highWaterMark: WAITING_BATCHES })
  pipeline(source, open(), voidLate(), stripExpired(), dedupe(), route(observed), (error) => {
    if (error) failed(error)
  })
  return (shard) => ({
    take(batch, readUpToMs, upTo) {
      const items: Observed[] = []
      for (const appended of batch) items.push({ type: 'record', shard, appended, fate: 'live', first: undefined })
      items.push({ type: 'progress', shard, readUpToMs, upTo })
      const hasSpace = source.write(items)
      return hasSpace ? undefined : new Promise((resolve) => source.once('drain', resolve))
    },
    missed(loss) {
      source.write([{ type: 'loss', shard, loss }] satisfies Observed[])
    },
  })
}
