import { randomUUID } from 'node:crypto'
import { setTimeout as wait } from 'node:timers/promises'
import type { StayJob } from '../load/jobs.ts'
import { ask } from '../support/ask.ts'
import { table } from '../support/markdown.ts'
import { readProcessor, type Shares, sharesBetween } from '../support/processor.ts'
import { startLoad } from '../support/run-load.ts'
import { cpuCell, ofCore } from './cells.ts'
import { SHARDS, withCluster } from './cluster.ts'
import type { Flags } from './flags.ts'
import type { KafkaReport } from './report.ts'
import { roomInEachShard } from './rooms-by-shard.ts'

const PROMISED = 0.03

/** What a gateway costs in which nobody says anything: before it hosts a shard, and with somebody in each of them. */
export async function idleScenario(flags: Flags): Promise<KafkaReport> {
  const spans = flags.quick ? { settle: 3, window: 5 } : { settle: 15, window: 30 }
  const { none, all, errors } = await withCluster(flags, async (cluster) => {
    const gateway = await cluster.gateway()
    const pids = { gateway: gateway.child.pid ?? 0, broker: cluster.brokerPid }
    const watch = async (): Promise<Shares> => {
      await wait(spans.settle * 1_000)
      const from = readProcessor(pids)
      await wait(spans.window * 1_000)
      return sharesBetween(from, readProcessor(pids))
    }
    const hostingNone = await watch()
    const rooms = roomInEachShard(`idle-${randomUUID()}`)
    const job: StayJob = { kind: 'stay', server: 'gateway', port: gateway.port, rooms }
    const load = startLoad(job, {}, 'anywhere')
    await load.ready
    const hostingAll = await watch()
    await ask(load.child, { id: 0, target: 'crowd', what: 'leave' })
    return { none: hostingNone, all: hostingAll, errors: (await load.result).errors }
  })
  const rowOf = (what: string, { named, others }: Shares): string[] => [
    what,
    cpuCell(named['gateway']),
    cpuCell(named['broker']),
    ofCore(others),
  ]
  const seen = all.named['gateway']?.cpu ?? Number.NaN
  return {
    markdown:
      `\nA gateway in which nobody says anything, of one core, over ${spans.window} s\n\n` +
      `${table(['shards it hosts', 'gateway CPU (waiting)', 'broker CPU (waiting)', 'others'], [rowOf('0', none), rowOf(`${SHARDS}`, all)])}\n`,
    figures: { ...spans, none, all },
    limits: [
      {
        kept: seen <= PROMISED,
        promise: `idle on ${SHARDS} shards ≤ ${ofCore(PROMISED)} of a core`,
        seen: ofCore(seen),
      },
    ],
    invalid: Object.entries(errors).map(([code, n]) => `idle: ${n} × ${code}`),
  }
}
