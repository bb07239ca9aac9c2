import type { Join, JoinsJob } from '../load/jobs.ts'
import { table } from '../support/markdown.ts'
import { runLoad } from '../support/run-load.ts'
import type { ServerProcess } from '../support/server-process.ts'
import { median, type Times, timesOf } from '../support/statistics.ts'
import { ms } from './cells.ts'
import { type Cluster, SHARDS, withCluster } from './cluster.ts'
import { type Filling, fill } from './filling.ts'
import type { Flags } from './flags.ts'
import type { KafkaReport, Limit } from './report.ts'
import { roomInEachShard, roomsInEachShard } from './rooms-by-shard.ts'

const HOSTED_MS = 20
const COLD_MS = 50
const COLD_MS_PER_RECORD = 1 / 1_000
const LARGE = 50_000
const LARGE_MS = 500
const WINDOWS = [1_000, 10_000, LARGE] as const
const ROOMS_PER_WINDOW = 50
const HOSTED_PAUSE_MS = 20
/** On average. What a shard holds besides the room that was joined is taken in meanwhile. */
const COLD_PAUSE_MS = 500
/** Shards without records that are joined at each gateway that is started anew. */
const EMPTY_SHARDS = 20

/** Sizes of a run. */
interface Size {
  /** Joins of rooms in hosted shards, and such joins before them: until then broker and gateway compile what they run. */
  readonly hosted: number
  readonly warmUp: number
  /** Shards that are filled, for each size of window. */
  readonly shardsPerWindow: number
  /** Gateways started anew, for rooms that are new and for rooms that are there. */
  readonly starts: number
}

/** Joins of one kind: the records in their shard's window, and what each took. */
interface Group {
  readonly what: string
  readonly records: number
  readonly limitMs: number
  readonly joins: readonly Join[]
}

const timesIn = ({ joins }: Group): Times => timesOf(joins.map((join) => join.ms))

/** How long somebody waits to be in a room: of a shard that the gateway hosts, and of one that it takes up for that. */
export async function joinScenario(flags: Flags): Promise<KafkaReport> {
  const size: Size = flags.quick
    ? { hosted: 100, warmUp: 100, shardsPerWindow: 1, starts: 1 }
    : { hosted: 1_000, warmUp: 3_000, shardsPerWindow: 4, starts: 4 }
  const errors: string[] = []
  const groups = await withCluster(flags, async (cluster) => [
    ...(await hosted(cluster, size, errors)),
    ...(await cold(cluster, size, errors)),
  ])
  const head = [
    'shard',
    'records in its window',
    'joins',
    'p50',
    'p99',
    'most',
    'gateway CPU, p50',
    'waiting, p50',
    'limit',
  ]
  const rows = groups.map((group) => {
    const { p50Ms, p99Ms, maxMs, samples } = timesIn(group)
    const cpuMs = median(group.joins.map((join) => join.cpuMs))
    const waitedMs = median(group.joins.map((join) => join.waitedMs))
    const counts = [`${group.records}`, `${samples}`]
    return [group.what, ...counts, ...[p50Ms, p99Ms, maxMs, cpuMs, waitedMs].map(ms), `${group.limitMs} ms`]
  })
  return {
    markdown: `\nFrom opening the socket until live delivery begins\n\n${table(head, rows)}\n`,
    figures: { ...size, groups },
    limits: groups.map(limitOf),
    invalid: errors,
  }
}

function limitOf(group: Group): Limit {
  const { what, records, limitMs } = group
  const { p99Ms } = timesIn(group)
  return { kept: p99Ms <= limitMs, promise: `${what}, ${records} records: p99 ≤ ${limitMs} ms`, seen: ms(p99Ms) }
}

async function hosted(cluster: Cluster, { hosted: count, warmUp }: Size, errors: string[]): Promise<Group[]> {
  const gateway = await cluster.gateway()
  const before = [...roomInEachShard('hosted'), ...Array.from({ length: warmUp }, (_, i) => `warm-up-${i}`)]
  const rooms = Array.from({ length: count }, (_, i) => `new-in-hosted-${i}`)
  const joins = await run(gateway, { before, rooms, pauseMs: HOSTED_PAUSE_MS }, errors)
  await gateway.stop()
  return [{ what: 'hosted, a new room', records: 0, limitMs: HOSTED_MS, joins }]
}

/** Every gateway is started anew, and joins one room in each of some shards. */
async function cold(cluster: Cluster, { shardsPerWindow, starts }: Size, errors: string[]): Promise<Group[]> {
  const recordsIn = new Map<number, number>()
  for (const [i, records] of WINDOWS.entries())
    for (let k = 0; k < shardsPerWindow; k++) recordsIn.set(i * shardsPerWindow + k, records)
  const filled = roomsInEachShard('filled', ROOMS_PER_WINDOW)
  const fillings: Filling[] = [...recordsIn].map(([shard, records]) => ({ shard, records, rooms: filled[shard] ?? [] }))
  await fill(cluster.brokers, fillings)

  const fresh: [number, Join][] = []
  const known: [number, Join][] = []
  for (let start = 0; start < starts; start++) {
    const newRooms = roomInEachShard(`new-in-cold-${start}`).map((room, shard) => [shard, room] as const)
    fresh.push(...(await joinOnce(cluster, shuffled(newRooms.slice(0, recordsIn.size + EMPTY_SHARDS)), errors)))
    const there = [...recordsIn.keys()].map((shard) => [shard, filled[shard]?.[start] ?? ''] as const)
    known.push(...(await joinOnce(cluster, shuffled(there), errors)))
  }
  const empty = known.filter(([, { replayed }]) => replayed === 0).length
  if (empty > 0) errors.push(`join: ${empty} rooms of filled shards were empty`)
  return [
    group('cold, a new room', 0, fresh, recordsIn),
    ...WINDOWS.map((records) => group('cold, a new room', records, fresh, recordsIn)),
    ...WINDOWS.map((records) => group('cold, a room with messages', records, known, recordsIn)),
  ]
}

/** @returns the joins with their shards. */
async function joinOnce(
  cluster: Cluster,
  rooms: readonly (readonly [number, string])[],
  errors: string[],
): Promise<[number, Join][]> {
  const gateway = await cluster.gateway()
  const names = rooms.map(([, room]) => room)
  const joins = await run(gateway, { before: [], rooms: names, pauseMs: COLD_PAUSE_MS }, errors)
  await gateway.stop()
  return joins.map((join, i) => [rooms[i]?.[0] ?? SHARDS, join])
}

async function run(
  { port, child }: ServerProcess,
  job: Pick<JoinsJob, 'before' | 'rooms' | 'pauseMs'>,
  errors: string[],
): Promise<readonly Join[]> {
  const result = await runLoad<JoinsJob>(
    { kind: 'joins', server: 'gateway', port, pid: child.pid ?? 0, ...job },
    {},
    'anywhere',
  )
  errors.push(...Object.entries(result.errors).map(([code, n]) => `join: ${n} × ${code}`))
  return result.joins
}

function group(
  what: string,
  records: number,
  joins: readonly [number, Join][],
  recordsIn: ReadonlyMap<number, number>,
): Group {
  const those = joins.filter(([shard]) => (recordsIn.get(shard) ?? 0) === records)
  const limitMs = records >= LARGE ? LARGE_MS : COLD_MS + records * COLD_MS_PER_RECORD
  return { what, records, limitMs, joins: those.map(([, join]) => join) }
}

/** So that no size of window always comes first at a gateway that has just started. */
function shuffled<T>(items: readonly T[]): T[] {
  return items
    .map((item) => [Math.random(), item] as const)
    .sort(([a], [b]) => a - b)
    .map(([, item]) => item)
}
