import type { AcrossJob, AcrossResult } from '../load/jobs.ts'
import { table } from '../support/markdown.ts'
import { runLoad } from '../support/run-load.ts'
import { faultsOf, ms, processorCells, processorHead } from './cells.ts'
import { withCluster } from './cluster.ts'
import type { Flags } from './flags.ts'
import type { KafkaReport, Limit } from './report.ts'

const ROOMS = 100
const RATES = [100, 1_000, 5_000] as const
/** What is promised at this rate, in messages a second. */
const JUDGED_RATE = 1_000
const P50_MS = 3
const P99_MS = 25

/** From a sender at one gateway to a reader at another, through the broker. */
export async function latencyScenario(flags: Flags): Promise<KafkaReport> {
  // Until then the broker's machine compiles what it runs, on the cores that are measured.
  const spans = flags.quick ? { warmUp: 3, windows: 1, window: 5 } : { warmUp: 30, windows: 1, window: 30 }
  const results: [number, AcrossResult][] = []
  await withCluster(flags, async (cluster) => {
    const [a, b] = [await cluster.gateway(), await cluster.gateway()]
    const pids = { 'gateway A': a.child.pid ?? 0, 'gateway B': b.child.pid ?? 0, broker: cluster.brokerPid }
    for (const rate of RATES) {
      const job: AcrossJob = {
        kind: 'across',
        sendersPort: a.port,
        readersPort: b.port,
        rooms: ROOMS,
        rate,
        pids,
        ...spans,
      }
      results.push([rate, await runLoad(job, {}, 'anywhere')])
    }
  })
  const head = ['messages/s', 'p50', 'p99', 'most', 'messages', 'load late, p50', 'load late, p99', ...processorHead]
  const rows = results.map(([rate, { whole, lateness, shares }]) => [
    `${rate}`,
    ms(whole.latency.p50Ms),
    ms(whole.latency.p99Ms),
    ms(whole.latency.maxMs),
    `${whole.latency.samples}`,
    ms(lateness.p50Ms),
    ms(lateness.p99Ms),
    ...processorCells(shares),
  ])
  return {
    markdown:
      `\nFrom when a message is due at its sender at gateway A to its arrival at a reader at gateway B, ${ROOMS} rooms, ` +
      `${spans.window} s\n\n${table(head, rows)}\n`,
    figures: { rooms: ROOMS, ...spans, rates: Object.fromEntries(results) },
    limits: results.flatMap(([rate, result]) => limitsOf(rate, result)),
    invalid: results.flatMap(([rate, result]) => faultsOf(`latency at ${rate}/s`, result)),
  }
}

function limitsOf(rate: number, { whole, lost, sent, acknowledged }: AcrossResult): Limit[] {
  const arrived = {
    kept: lost === 0 && acknowledged === sent,
    promise: `at ${rate}/s everything is acknowledged, and arrives`,
    seen: `${sent} sent, ${acknowledged} acknowledged, ${lost} of them lost`,
  }
  if (rate !== JUDGED_RATE) return [arrived]
  const { p50Ms, p99Ms } = whole.latency
  return [
    { kept: p50Ms <= P50_MS, promise: `at ${rate}/s p50 ≤ ${P50_MS} ms`, seen: ms(p50Ms) },
    { kept: p99Ms <= P99_MS, promise: `at ${rate}/s p99 ≤ ${P99_MS} ms`, seen: ms(p99Ms) },
    arrived,
  ]
}
