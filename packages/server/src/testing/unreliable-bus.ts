import type { RoomRecord } from '@whisperrooms/protocol'
import type { Bus } from '../bus/bus.ts'
import type { Scheduler } from '../clock.ts'

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

/** A bus that works as `fortune` says, publish by publish. */
export function unreliableBus(bus: Bus, scheduler: Scheduler, fortune: () => Fortune): Bus {
  return {
    ...bus,
    async publish(records: readonly RoomRecord[]) {
      const { kind, delayMs } = fortune()
      if (delayMs > 0) {
        const { promise, resolve } = Promise.withResolvers<void>()
        scheduler.after(delayMs, resolve)
        await promise
      }
      if (kind === 'refuses') return records
      const unconfirmed = await bus.publish(records)
      return kind === 'doubts' ? records : unconfirmed
    },
  }
}
