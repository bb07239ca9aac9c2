import { Writable } from 'node:stream'
import type { RoomRecord } from '@whisperrooms/protocol'
import { type Outcome, refused } from '../rooms/outcome.ts'
import type { Observed, ObservedRecord } from './observed.ts'

/** The end of the pipeline: brings records to their shards, and what became of them to whoever waits for it. */
export function route(observed: (record: RoomRecord, outcome: Outcome) => void): Writable {
  function bring(item: Observed): void {
    const { shard } = item
    if (item.type === 'progress') shard.readTo(item.readUpToMs, item.upTo)
    else if (item.type === 'loss') shard.lose(item.loss.room, item.loss.offset)
    else {
      const outcome = arrive(item)
      if (item.first !== undefined && item.fate !== 'duplicate') item.first.outcome = outcome
      observed(item.appended.record, outcome)
    }
  }

  return new Writable({
    objectMode: true,
    write(items: readonly Observed[], _encoding, done) {
      for (const item of items) bring(item)
      done()
    },
  })
}

function arrive({ shard, appended, fate, first }: ObservedRecord): Outcome {
  switch (fate) {
    case 'live':
      return shard.apply(appended)
    case 'void':
      shard.skip(appended)
      return refused('too_late')
    case 'duplicate': {
      shard.skip(appended)
      const outcome = first?.outcome ?? refused('internal')
      return outcome.ok ? { ...outcome, duplicate: true } : outcome
    }
  }
}
