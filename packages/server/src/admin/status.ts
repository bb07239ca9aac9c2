import type { Presence } from '../people/presence.ts'
import type { Shard } from '../rooms/shard.ts'
import type { Blocklist } from './blocklist.ts'
import type { ReadOnly } from './read-only.ts'

/** Who is connected and what is held, in numbers: never names, never rooms. */
export interface Status {
  /** WebSockets and event streams at this gateway. */
  readonly connections: number
  /** Rooms this gateway keeps in memory. */
  readonly rooms: number
  /** Those who are in these rooms, at any gateway. */
  readonly members: number
  /** Living messages in them. */
  readonly messages: number
  /** Memory that their logs take. */
  readonly bytes: number
  readonly readOnly: boolean
  /** Addresses and prefixes that are blocked here. */
  readonly blocked: number
}

export interface StatusSource {
  readonly shards: () => Iterable<Shard>
  readonly presence: Presence
  readonly connections: () => number
  readonly readOnly: ReadOnly
  readonly blocklist: Blocklist
}

export function status({ shards, presence, connections, readOnly, blocklist }: StatusSource): Status {
  const held = { rooms: 0, members: 0, messages: 0, bytes: 0 }
  for (const { rooms } of shards())
    for (const { key, log } of rooms.values()) {
      held.rooms++
      held.members += presence.countOf(key)
      held.messages += log.messages
      held.bytes += log.bytes
    }
  return { connections: connections(), ...held, readOnly: readOnly.isOn, blocked: blocklist.size }
}
