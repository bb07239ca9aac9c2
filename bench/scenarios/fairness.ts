import type { CrowdJob, CrowdResult, FairnessJob, FairnessResult, Pair } from '../load/jobs.ts'
import type { ServerName } from '../servers/commands.ts'
import { ask } from '../support/ask.ts'
import type { Flags } from '../support/flags.ts'
import { percent, table, verdict } from '../support/markdown.ts'
import { stop } from '../support/pinned.ts'
import { runLoad, startLoad } from '../support/run-load.ts'
import { startIdle, startServer } from '../support/server-process.ts'
import { median } from '../support/statistics.ts'
import type { Report } from './report.ts'
import { generatorDelay, medianOf, ms, othersOnCore, p50, p99, stall, tooFewSamples } from './windows.ts'

const PROMISED_MS = 10
const SMALL = { rooms: 100, membersPerRoom: 5, rate: 1 }

interface Seen extends FairnessResult {
  readonly crowd: CrowdResult
}

/**
 * 100 rooms of 5 at 1 message/s each, while a room of 5,000 is silent and while it gets 10 messages/s. The big room is
 * in a process of its own that gives way to the one that measures, else the load would measure itself.
 */
export async function fairnessScenario(flags: Flags): Promise<Report> {
  const big = { members: flags.quick ? 500 : 5_000, rate: 10 }
  const spans = flags.quick
    ? { pairs: flags.rounds ?? 1, window: 2, settle: 0.5 }
    : { pairs: flags.rounds ?? 7, window: 8, settle: 2 }
  const idle = startIdle()
  const results: [ServerName, Seen][] = []
  for (const name of flags.serversOfLongScenarios) {
    const server = await startServer(name)
    const where = { server: name, port: server.port }
    const crowdJob: CrowdJob = { kind: 'crowd', ...where, ...big }
    const crowd = startLoad(crowdJob, { server: server.child }, 'background')
    await crowd.ready
    const job: FairnessJob = { kind: 'fairness', ...where, ...SMALL, ...spans }
    const result = await runLoad(job, { server: server.child, idle, crowd: crowd.child })
    await ask(crowd.child, { id: 0, target: 'crowd', what: 'leave' })
    results.push([name, { ...result, crowd: await crowd.result }])
    await server.stop()
  }
  await stop(idle)
  const head = [
    'server',
    'p50 silent',
    'p50 busy',
    'p99 silent',
    'p99 busy',
    'p99 raised by',
    'stall',
    'generator p99',
    'others on its core, most',
  ]
  const rows = results.map(([name, { pairs }]) => [
    name,
    ms(medianOf(pairs, 'without', p50)),
    ms(medianOf(pairs, 'with', p50)),
    ms(medianOf(pairs, 'without', p99)),
    ms(medianOf(pairs, 'with', p99)),
    ms(raisedBy(pairs)),
    ms(medianOf(pairs, 'with', stall)),
    ms(medianOf(pairs, 'with', generatorDelay)),
    percent(othersOnCore(pairs)),
  ])
  const ours = results.find(([name]) => name === 'gateway')?.[1]
  const leastSamples = (SMALL.rooms * SMALL.membersPerRoom * SMALL.rate * spans.window) / 2
  return {
    markdown: [
      `\n${SMALL.rooms} rooms of ${SMALL.membersPerRoom} at ${SMALL.rate} message/s each beside a room of ${big.members}, ` +
        `silent or at ${big.rate} messages/s (${spans.pairs} pairs of ${spans.window} s)`,
      `\n${table(head, rows)}\n`,
      ...(ours
        ? [verdict(raisedBy(ours.pairs) <= PROMISED_MS, `p99 raised by ≤ ${PROMISED_MS} ms`, ms(raisedBy(ours.pairs)))]
        : []),
    ].join('\n'),
    othersOnCore: Math.max(0, ...results.map(([, { pairs }]) => othersOnCore(pairs))),
    figures: { ...SMALL, big, ...spans, servers: Object.fromEntries(results) },
    invalid: results.flatMap(([name, seen]) => faults(name, seen, leastSamples)),
  }
}

const raisedBy = (pairs: readonly Pair[]): number => median(pairs.map((pair) => pair.with.p99Ms - pair.without.p99Ms))

function faults(name: string, { pairs, errors, crowd }: Seen, leastSamples: number): string[] {
  const all = [...Object.entries(errors), ...Object.entries(crowd.errors)]
  const seen = all.map(([code, n]) => `${name}, fairness: ${n} × ${code}`)
  if (crowd.lost !== 0) seen.push(`${name}, fairness: ${crowd.lost} deliveries missing in the big room`)
  if (tooFewSamples(pairs, leastSamples)) seen.push(`${name}, fairness: too few messages arrived`)
  return seen
}
