import type { RoomId } from '@whisperrooms/protocol'
import { shardOf } from '../../packages/server/src/bus/bus.ts'
import { kafkaSecrets } from '../../packages/server/src/bus/kafka/secrets.ts'
import { SECRET, SHARDS } from './cluster.ts'

const { roomKey, macKey } = kafkaSecrets(Buffer.from(SECRET))

export { macKey, roomKey }

/** @returns a room in each shard, by the shard. @param prefix of their names; another one gives other rooms. */
export function roomInEachShard(prefix: string): readonly RoomId[] {
  return roomsInEachShard(prefix, 1).flat()
}

/** @returns `count` rooms in each shard, by the shard. */
export function roomsInEachShard(prefix: string, count: number): readonly (readonly RoomId[])[] {
  const rooms: RoomId[][] = Array.from({ length: SHARDS }, () => [])
  let missing = SHARDS * count
  for (let i = 0; missing > 0; i++) {
    const room = `${prefix}-${i}` as RoomId
    const inShard = rooms[shardOf(roomKey(room), SHARDS)]
    if (inShard === undefined || inShard.length === count) continue
    inShard.push(room)
    missing--
  }
  return rooms
}
