import { PassThrough, pipeline } from 'node:stream'
import type { RoomRecord } from '@whisperrooms/protocol'
import type { BusSubscriber } from '../bus/bus.ts'
import type { Clock } from '../clock.ts'
import type { Outcome } from '../rooms/outcome.ts'
import type { Shard } from '../rooms/shard.ts'
import { dedupe } from './dedupe.ts'
import type { Observed } from './observed.ts'
import { open } from './open.ts'
import { route } from './route.ts'
import { stripExpired } from './strip-expired.ts'
import { voidLate } from './void-late.ts'

export interface EgressOptions {
  readonly shards: readonly Shard[]
  /** Bus time, milliseconds. */
  readonly busNow: Clock
  /** Told what became of every record. */
  readonly observed: (record: RoomRecord, outcome: Outcome) => void
  /** The pipeline has ended, which it never should. */
  readonly failed: (error: Error) => void
}

/**
 * From the bus to the rooms: open · void what came late · strip what has expired · dedupe · route.
 *
 * @returns a subscriber for each shard.
 */
export function egress(options: EgressOptions): (shard: number) => BusSubscriber {
  const source = new PassThrough({ objectMode: true, highWaterMark: 1024 })
  pipeline(
    source,
    open(),
    voidLate(),
    stripExpired(options.busNow),
    dedupe(),
    route(options.shards, options.observed),
    (error) => {
      if (error) options.failed(error)
    },
  )
  const push = (item: Observed) => source.write(item)
  return (shard) => ({
    take(batch, readUpToMs) {
      for (const appended of batch) push({ type: 'record', shard, appended, fate: 'live', first: undefined })
      const room = push({ type: 'progress', shard, readUpToMs })
      return room ? undefined : new Promise((resolve) => source.once('drain', resolve))
    },
  })
}
