import { Writable } from 'node:stream'
import type { RoomRecord } from '@whisperrooms/protocol'
import { type Bus, shardOf } from '../bus/bus.ts'
import type { Intent, Refuse } from './intent.ts'

/** The most records of one publish. */
const BATCH = 1024
/** The most records that are published and not confirmed; beyond it senders wait. */
const MAX_UNCONFIRMED = 65_536

/**
 * The end of the pipeline: what has gathered is published together. It does not wait for one publish before the next: the bus keeps their
 * order, and what one of its shards does not take must not hold up the others.
 *
 * @param failed told of intents the bus has not confirmed.
 */
export function commit(bus: Bus, refuse: Refuse, failed: (intents: readonly Intent[]) => void): Writable {
  let unconfirmed = 0
  let waiting: (() => void) | undefined

  /** Shards one by one: what one of them has refused must be known before more of its senders is passed on. */
  function publishAll(intents: readonly Intent[]): void {
    const shards = new Map<number, Map<RoomRecord, Intent>>()
    for (const intent of intents) {
      const { sender, record } = intent
      if (intent.state !== 'open' || record === undefined) continue
      if (intent.frame.type === 'send' && intent.hold !== sender.hold) {
        refuse(intent, 'held')
        continue
      }
      const shard = shardOf(record.room, bus.shards)
      const byRecord = shards.get(shard) ?? new Map<RoomRecord, Intent>()
      shards.set(shard, byRecord.set(record, intent))
    }
    for (const byRecord of shards.values()) void publish(byRecord)
  }

  async function publish(byRecord: ReadonlyMap<RoomRecord, Intent>): Promise<void> {
    unconfirmed += byRecord.size
    const lost = await bus.publish([...byRecord.keys()])
    unconfirmed -= byRecord.size
    if (lost.length > 0) failed(lost.flatMap((record) => byRecord.get(record) ?? []))
    if (unconfirmed >= MAX_UNCONFIRMED) return
    waiting?.()
    waiting = undefined
  }

  return new Writable({
    objectMode: true,
    highWaterMark: BATCH,
    writev(chunks, done) {
      publishAll(chunks.map(({ chunk }) => chunk as Intent))
      // What comes in the same turn goes with the next.
      if (unconfirmed < MAX_UNCONFIRMED) queueMicrotask(done)
      else waiting = done
    },
  })
}
