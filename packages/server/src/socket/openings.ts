import type { MemberId, RoomKey } from '@whisperrooms/protocol'
import { type Bus, shardOf } from '../bus/bus.ts'
import type { Random, Scheduler } from '../clock.ts'
import type { Room } from '../rooms/room.ts'
import type { SettingsChange } from '../rooms/settings.ts'
import { roomRecord } from '../upkeep/room-record.ts'

/** How long a room's `create` may take to be observed, in milliseconds. */
const OPEN_MS = 3_000

export interface Openings {
  /**
   * Asks for a room to be made, and waits until it is there: made by this record, or by somebody's before it.
   *
   * @returns `undefined` when the bus did not bring it in time.
   */
  open(room: RoomKey, member: MemberId, settings: SettingsChange): Promise<Room | undefined>
  /** Waits until a room is there that is being made already. */
  expect(room: RoomKey): Promise<Room | undefined>
  /** A room has come to be. */
  opened(room: Room): void
}

type Resolve = (room: Room | undefined) => void

export function openings(bus: Bus, scheduler: Scheduler, random: Random): Openings {
  const waiting = new Map<RoomKey, Set<Resolve>>()

  function wait(key: RoomKey): { promise: Promise<Room | undefined>; resolve: Resolve } {
    const { promise, resolve } = Promise.withResolvers<Room | undefined>()
    const others = waiting.get(key) ?? new Set()
    waiting.set(key, others.add(resolve))
    const cancel = scheduler.after(OPEN_MS, () => resolve(undefined))
    const settled = promise.finally(() => {
      cancel()
      others.delete(resolve)
      if (others.size === 0 && waiting.get(key) === others) waiting.delete(key)
    })
    return { promise: settled, resolve }
  }

  return {
    open(key, member, settings) {
      const { promise, resolve } = wait(key)
      const now = bus.now(shardOf(key, bus.shards))
      void bus.publish([roomRecord('create', key, settings, now, random, member)]).then((failed) => {
        if (failed.length > 0) resolve(undefined)
      })
      return promise
    },

    expect: (key) => wait(key).promise,

    opened(room) {
      for (const resolve of waiting.get(room.key) ?? []) resolve(room)
    },
  }
}
