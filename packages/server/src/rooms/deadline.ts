import type { RoomRecord } from '@whisperrooms/protocol'

/** When what the record says ends: counted from the bus's append time, or with what it speaks of. Bus time, milliseconds. */
export function deadlineOf(record: RoomRecord, at: number): number {
  return record.deadline ?? at + record.ttl * 1000
}
