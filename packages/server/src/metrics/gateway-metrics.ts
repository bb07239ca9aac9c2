import type { Shard } from '../rooms/shard.ts'
import type { Metric } from './exposition.ts'
import type { Meters } from './meters.ts'

export interface GatewayState {
  readonly shards: () => Iterable<Shard>
  /** Sockets that are open. */
  readonly connections: () => number
  readonly isReady: () => boolean
}

/** What a gateway holds and does. There is no label that a client could choose, and none with as many values as there are rooms. */
export function gatewayMetrics({ shards, connections, isReady }: GatewayState, meters: Meters): Metric[] {
  const held = { shards: 0, rooms: 0, parked: 0, members: 0, messages: 0, bytes: 0 }
  for (const { rooms, parked } of shards()) {
    held.shards++
    held.parked += parked.size
    for (const { sockets } of parked.values()) held.members += sockets
    for (const { log, sockets } of rooms.values()) {
      held.rooms++
      held.members += sockets
      held.messages += log.messages
      held.bytes += log.bytes
    }
  }
  const { delivery } = meters
  const gauge = (name: string, help: string, value: number): Metric => metric('gauge', name, help, value)
  const counter = (name: string, help: string, value: number): Metric => metric('counter', `${name}_total`, help, value)
  return [
    gauge('ready', 'Whether messages can be passed on: 1 or 0.', isReady() ? 1 : 0),
    gauge('connections', 'Open WebSockets.', connections()),
    gauge('members', 'Sockets and streams that are in a room.', held.members),
    gauge('lagging_members', 'Members who have not read all they were handed.', delivery.lagging),
    gauge('shards', 'Shards of the log that are kept in memory.', held.shards),
    gauge('rooms', 'Rooms that are kept in memory.', held.rooms),
    gauge('parked_rooms', 'Rooms that wait to be made again, since the log has lost them.', held.parked),
    gauge('live_messages', 'Messages that are alive.', held.messages),
    gauge('log_bytes', 'Memory that the logs of rooms take.', held.bytes),
    counter('submitted', 'What members wanted said: messages, removals, settings, typing.', meters.submitted),
    counter('observed', 'Records that were read from the log.', meters.observed),
    counter('delivered_frames', 'Frames of rooms that were handed to members.', delivery.frames),
    counter('delivered_bytes', 'Bytes of rooms that were handed to members.', delivery.bytes),
    counter('writes', 'Writes with which they were handed over.', delivery.writes),
    counter('gaps', 'Gaps that members were told.', delivery.gaps),
    byReason('refusals', 'What was refused, by the code of docs/errors.md.', meters.refusals),
    byReason('limits', 'What limits refused, by the limit.', meters.limits),
    byReason('stage_refusals', 'What optional stages refused, by why.', meters.stages),
    counterBy('operator_actions', 'What the operator did, by the action.', 'action', meters.actions),
    histogram('flush_seconds', 'How long one slice of flushing took.', meters.flushSeconds),
    histogram('flush_bytes', 'What one slice of flushing handed over.', meters.flushBytes),
    histogram(
      'expiry_lateness_seconds',
      'By how much a room was late to let go what had expired.',
      meters.expirySeconds,
    ),
    histogram('bus_seconds', 'From handing records to the bus to its answer.', meters.busSeconds),
  ]
}

function metric(type: 'gauge' | 'counter', name: string, help: string, value: number): Metric {
  return { name: `whisperrooms_${name}`, help, type, value }
}

function byReason(name: string, help: string, by: ReadonlyMap<string, number>): Metric {
  return counterBy(name, help, 'reason', by)
}

function counterBy(name: string, help: string, label: string, by: ReadonlyMap<string, number>): Metric {
  return { name: `whisperrooms_${name}_total`, help, type: 'counter', value: { label, by } }
}

function histogram(name: string, help: string, value: Meters['busSeconds']): Metric {
  return { name: `whisperrooms_${name}`, help, type: 'histogram', value }
}
