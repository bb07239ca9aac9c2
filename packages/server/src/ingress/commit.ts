import { Writable } from 'node:stream'
import type { RoomRecord } from '@whisperrooms/protocol'
import type { Bus } from '../bus/bus.ts'
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

  async function publish(intents: readonly Intent[]): Promise<void> {
    const byRecord = new Map<RoomRecord, Intent>()
    for (const intent of intents) {
      const { sender, record } = intent
      if (intent.state !== 'open' || record === undefined) continue
      if (intent.frame.type === 'send' && intent.hold !== sender.hold) refuse(intent, 'held')
      else byRecord.set(record, intent)
    }
    if (byRecord.size === 0) return
    unconfirmed += byRecord.size
    const lost = await bus.publish([...byRecord.keys()])
    unconfirmed -= byRecord.size
    if (lost.length > 0) failed(lost.flatMap((record) => byRecord.get(record) ?? []))
    waiting?.()
    waiting = undefined
  }

  return new Writable({
    objectMode: true,
    highWaterMark: BATCH,
    writev(chunks, done) {
      void publish(chunks.map(({ chunk }) => chunk as Intent))
      // What comes in the same turn goes with the next.
      if (unconfirmed < MAX_UNCONFIRMED) queueMicrotask(done)
      else waiting = done
    },
  })
}
