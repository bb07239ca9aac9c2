import type { AppendedRecord, Offset } from '@whisperrooms/protocol'
import type { Loss } from '../bus/bus.ts'
import type { Outcome } from '../rooms/outcome.ts'
import type { Shard } from '../rooms/shard.ts'

/** What is left of a record when it reaches its room. */
export type Fate =
  /** Its room decides what it does. What had ended before this gateway read it has no body any more. */
  | 'live'
  /** It was appended after the time until which it was meant. */
  | 'void'
  /** The same message was appended before. */
  | 'duplicate'

/** What the first record under a key came to: the answer for all later ones under it. */
export interface FirstUnderKey {
  readonly at: number
  /** `undefined` while it is on its way. */
  outcome: Outcome | undefined
}

/** What flows through the egress pipeline, many at a time: a record on its way to its room, what is missing, or how far a shard has been read. */
export type Observed =
  | {
      readonly type: 'progress'
      readonly shard: Shard
      readonly readUpToMs: number
      /** The last offset that was read, when it is not the last record's. */
      readonly upTo: Offset | undefined
    }
  | { readonly type: 'loss'; readonly shard: Shard; readonly loss: Loss }
  | {
      readonly type: 'record'
      readonly shard: Shard
      readonly appended: AppendedRecord
      readonly fate: Fate
      readonly first: FirstUnderKey | undefined
    }

export type ObservedRecord = Extract<Observed, { type: 'record' }>
