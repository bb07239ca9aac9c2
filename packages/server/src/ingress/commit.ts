import { Writable } from 'node:stream'
import type { RoomRecord } from '@whisperrooms/protocol'
import type { Bus } from '../bus/bus.ts'
import type { Clock } from '../clock.ts'
import type { Intent, Refuse } from './intent.ts'

/** The most records of one group commit. */
const BATCH = 1024

export interface Commit {
  readonly stream: Writable
  /** When the publish under way began, on the gateway's monotonic clock; `undefined` when none is. */
  busySince(): number | undefined
}

/**
 * The end of the pipeline, and the group commit: while one publish is under way, what comes gathers for the next.
 *
 * @param failed told of intents the bus has not confirmed.
 */
export function commit(bus: Bus, clock: Clock, refuse: Refuse, failed: (intents: readonly Intent[]) => void): Commit {
  let busySince: number | undefined

  async function publish(intents: readonly Intent[]): Promise<void> {
    const byRecord = new Map<RoomRecord, Intent>()
    for (const intent of intents) {
      const { sender, record } = intent
      if (intent.state !== 'open' || record === undefined) continue
      if (intent.frame.type === 'send' && intent.hold !== sender.hold) refuse(intent, 'held')
      else byRecord.set(record, intent)
    }
    if (byRecord.size === 0) return
    busySince = clock()
    const unconfirmed = await bus.publish([...byRecord.keys()])
    busySince = undefined
    if (unconfirmed.length > 0) failed(unconfirmed.flatMap((record) => byRecord.get(record) ?? []))
  }

  const stream = new Writable({
    objectMode: true,
    highWaterMark: BATCH,
    writev(chunks, done) {
      publish(chunks.map(({ chunk }) => chunk as Intent)).then(() => done(), done)
    },
  })
  return { stream, busySince: () => busySince }
}
