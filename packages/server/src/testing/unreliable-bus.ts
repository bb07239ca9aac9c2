import type { RoomRecord } from '@whisperrooms/protocol'
import { AppendQueue } from '../bus/append-queue.ts'
import type { Bus } from '../bus/bus.ts'
import type { Clock, Scheduler } from '../clock.ts'

/**
 * What befalls a publish.
 * - `works`: nothing.
 * - `refuses`: it fails, and nothing was appended.
 * - `doubts`: it is appended, and reported as failed.
 */
export interface Fortune {
  readonly kind: 'works' | 'refuses' | 'doubts'
  /** Milliseconds before it is appended. */
  readonly delayMs: number
}

/** A publish that takes longer makes the bus unready, in milliseconds. */
const CONFIRM_MS = 1_000

/** A bus that works as `fortune` says, publish by publish. */
export function unreliableBus(bus: Bus, clock: Clock, scheduler: Scheduler, fortune: () => Fortune): Bus {
  async function send(records: readonly RoomRecord[]): Promise<void> {
    const { kind, delayMs } = fortune()
    if (delayMs > 0) {
      const { promise, resolve } = Promise.withResolvers<void>()
      scheduler.after(delayMs, resolve)
      await promise
    }
    if (kind === 'refuses') throw new Error('refused')
    await bus.publish(records)
    if (kind === 'doubts') throw new Error('in doubt')
  }
  const queue = new AppendQueue<RoomRecord>({ send, clock })
  return {
    ...bus,
    publish: (records) => queue.push(records),
    isReady: () => clock() - (queue.sendingSince ?? clock()) <= CONFIRM_MS,
  }
}
