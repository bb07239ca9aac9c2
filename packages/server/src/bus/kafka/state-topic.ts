import type { Consumer } from '@platformatic/kafka'
import type { BusSnapshot } from '../bus.ts'

/** Keys of the state topic: what they are of, and of whom. */
export const stateKey = {
  room: (room: string): string => `room/${room}`,
  gateway: (gateway: string): string => `gateway/${gateway}`,
}

export interface StateReader {
  readonly consumer: Consumer
  readonly topicId: string
  readonly leaderOf: (partition: number) => number | undefined
}

/** Reads a partition of the state topic from end to end. @returns the latest value of every key that has one. */
export async function readState(
  reader: StateReader,
  partition: number,
  end: bigint,
  start: bigint,
): Promise<Map<string, Buffer>> {
  const latest = new Map<string, Buffer>()
  let next = start
  while (next < end) {
    const node = reader.leaderOf(partition)
    if (node === undefined) throw new Error('nobody leads that partition')
    const { responses } = await reader.consumer.fetch({
      node,
      minBytes: 1,
      maxBytes: 8 * 1024 * 1024,
      maxWaitTime: 100,
      topics: [
        {
          topicId: reader.topicId,
          partitions: [
            {
              partition,
              fetchOffset: next,
              currentLeaderEpoch: -1,
              lastFetchedEpoch: -1,
              partitionMaxBytes: 4 * 1024 * 1024,
            },
          ],
        },
      ],
    })
    for (const { partitions } of responses)
      for (const { partitionIndex, records } of partitions) {
        if (partitionIndex !== partition) continue
        for (const batch of records ?? []) {
          next = batch.firstOffset + BigInt(batch.lastOffsetDelta) + 1n
          for (const { key, value } of batch.records) {
            if (key === null) continue
            if (value === null || value.length === 0) latest.delete(key.toString())
            else latest.set(key.toString(), value)
          }
        }
      }
  }
  return latest
}

/** @returns `undefined` for what is no snapshot of a room. */
export function decodeSnapshot(key: string, value: Buffer): BusSnapshot | undefined {
  if (!key.startsWith('room/')) return undefined
  try {
    const snapshot: unknown = JSON.parse(value.toString())
    if (typeof snapshot !== 'object' || snapshot === null || !('touched' in snapshot) || !('settings' in snapshot))
      return undefined
    const { touched, settings, lockedAt } = { lockedAt: undefined, ...snapshot }
    if (typeof touched !== 'number' || typeof settings !== 'object' || settings === null) return undefined
    return {
      room: key.slice('room/'.length) as BusSnapshot['room'],
      touched: touched as BusSnapshot['touched'],
      lockedAt: typeof lockedAt === 'number' ? (lockedAt as BusSnapshot['touched']) : undefined,
      settings: { ...settings },
    }
  } catch {
    return undefined
  }
}
