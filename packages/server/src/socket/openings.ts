import { BEFORE_FIRST, type Key, LIMITS, type MemberId, type RoomKey } from '@whisperrooms/protocol'
import type { Bus } from '../bus/bus.ts'
import type { Random, Scheduler } from '../clock.ts'
import { writeBody } from '../rooms/body.ts'
import type { Room } from '../rooms/room.ts'
import type { SettingsChange } from '../rooms/settings.ts'

/** How long a room's `create` may take to be observed, in milliseconds. */
const OPEN_MS = 3_000

export interface Openings {
  /**
   * Asks for a room to be made, and waits until it is there: made by this record, or by somebody's before it.
   *
   * @returns `undefined` when the bus did not bring it in time.
   */
  open(room: RoomKey, member: MemberId, settings: SettingsChange): Promise<Room | undefined>
  /** A room has come to be. */
  opened(room: Room): void
}

export function openings(bus: Bus, scheduler: Scheduler, random: Random): Openings {
  const waiting = new Map<RoomKey, Set<(room: Room | undefined) => void>>()

  function stopWaiting(id: RoomKey, resolve: (room: Room | undefined) => void): void {
    const others = waiting.get(id)
    others?.delete(resolve)
    if (others?.size === 0) waiting.delete(id)
  }

  return {
    open(id, member, settings) {
      const { promise, resolve } = Promise.withResolvers<Room | undefined>()
      const others = waiting.get(id) ?? new Set()
      waiting.set(id, others.add(resolve))
      const cancel = scheduler.after(OPEN_MS, () => resolve(undefined))
      const record = {
        v: 1,
        kind: 'create',
        room: id,
        member,
        as: 'owner',
        joined: BEFORE_FIRST,
        key: random(12).toString('base64url') as Key,
        ttl: 0,
        notAfter: bus.now() + LIMITS.beforeMs,
        body: writeBody(settings),
      } as const
      void bus.publish([record]).then((failed) => {
        if (failed.length > 0) resolve(undefined)
      })
      return promise.finally(() => {
        cancel()
        stopWaiting(id, resolve)
      })
    },

    opened(room) {
      for (const resolve of waiting.get(room.key) ?? []) resolve(room)
    },
  }
}
