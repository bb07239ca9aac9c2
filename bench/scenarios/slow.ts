import type { Awakening, SlowJob, SlowPair, SlowResult } from '../load/jobs.ts'
import type { ServerName } from '../servers/commands.ts'
import type { Flags } from '../support/flags.ts'
import { percent, table, times, verdict } from '../support/markdown.ts'
import { stop } from '../support/pinned.ts'
import { runLoad } from '../support/run-load.ts'
import { startIdle, startServer } from '../support/server-process.ts'
import { median } from '../support/statistics.ts'
import type { Report } from './report.ts'
import { generatorDelay, medianOf, ms, othersOnCore, p50, p99, stall, tooFewSamples } from './windows.ts'

const PROMISED_BYTES = 300_000
const PROMISED_RATIO = 1.5
const PROMISED_MS = 2
const kB = (bytes: number): string => `${(bytes / 1_000).toFixed(0)} kB`

/** A room of 20 with 1,000 messages/s, with and without one more member that stopped reading. */
export async function slowScenario(flags: Flags): Promise<Report> {
  const size = { members: 20, stalled: 1, rate: 1_000, isFilled: false }
  const spans = flags.quick
    ? { pairs: flags.rounds ?? 1, warmUp: 5, window: 1, fill: 3, settle: 0.5, stall: 7 }
    : { pairs: flags.rounds ?? 7, warmUp: 25, window: 8, fill: 30, settle: 1, stall: 30 }
  const idle = startIdle()
  const results: [ServerName, SlowResult][] = []
  for (const name of flags.serversOfLongScenarios) {
    const server = await startServer(name)
    const job: SlowJob = { kind: 'slow', server: name, port: server.port, ...size, ...spans }
    results.push([name, await runLoad(job, { server: server.child, idle })])
    await server.stop()
  }
  await stop(idle)
  const head = [
    'server',
    'p50 without',
    'p50 with',
    'p99 without',
    'p99 with',
    'with ÷ without',
    'heap + external',
    'resident',
    'stall',
    'generator p99',
    'others on its core, most',
  ]
  const rows = results.map(([name, { pairs }]) => rowOf(name, pairs))
  const ours = results.find(([name]) => name === 'gateway')?.[1]
  return {
    markdown: [
      `\n${size.members} members at ${size.rate} messages/s, with and without one that stopped reading (${spans.pairs} pairs of ${spans.window} s)`,
      `\n${table(head, rows)}\n`,
      ...(ours ? verdicts(ours) : []),
    ].join('\n'),
    othersOnCore: Math.max(0, ...results.map(([, { pairs }]) => othersOnCore(pairs))),
    figures: { ...size, ...spans, servers: Object.fromEntries(results) },
    invalid: results.flatMap(([name, result]) => faults(name, result, (size.rate * spans.window) / 2)),
  }
}

const rowOf = (name: string, pairs: readonly SlowPair[]): string[] => [
  name,
  ms(medianOf(pairs, 'without', p50)),
  ms(medianOf(pairs, 'with', p50)),
  ms(medianOf(pairs, 'without', p99)),
  ms(medianOf(pairs, 'with', p99)),
  times(ratioOf(pairs)),
  kB(median(pairs.map(({ usedBytes }) => usedBytes))),
  kB(median(pairs.map(({ residentBytes }) => residentBytes))),
  kB(median(pairs.map(({ kernelBytes }) => kernelBytes))),
  ms(medianOf(pairs, 'with', stall)),
  ms(medianOf(pairs, 'with', generatorDelay)),
  percent(othersOnCore(pairs)),
]

export const ratioOf = (pairs: readonly SlowPair[]): number =>
  median(pairs.map((pair) => pair.with.p99Ms / pair.without.p99Ms))

const addedOf = (pairs: readonly SlowPair[]): number =>
  median(pairs.map((pair) => pair.with.p99Ms - pair.without.p99Ms))

function verdicts({ pairs, awakening }: SlowResult): string[] {
  const [ratio, added] = [ratioOf(pairs), addedOf(pairs)]
  const bytes = median(pairs.map(({ usedBytes }) => usedBytes))
  return [
    verdict(
      ratio <= PROMISED_RATIO || added <= PROMISED_MS,
      `others' p99 ≤ ${PROMISED_RATIO}× or + ${PROMISED_MS} ms`,
      `${times(ratio)}, ${ms(added)} more`,
    ),
    verdict(bytes <= PROMISED_BYTES, `a member that stopped reading costs ≤ ${kB(PROMISED_BYTES)}`, kB(bytes)),
    ...(awakening ? awakeningVerdicts(awakening) : []),
  ]
}

function awakeningVerdicts(seen: Awakening): string[] {
  const { stallSeconds, kernelBytes, usedBytes, closed, gaps, held, heldExpired, afterGap } = seen
  const { expiredAfterGap, servedDead, missingAfterGap } = seen
  const then = closed === null ? `${gaps} gap(s)` : `closed with ${closed}`
  return [
    verdict(usedBytes <= PROMISED_BYTES, `${stallSeconds} s of it cost ≤ ${kB(PROMISED_BYTES)}`, kB(usedBytes)),
    verdict(
      servedDead === 0 && missingAfterGap === 0 && (gaps > 0 || closed !== null),
      'then `gap` and what is alive, nothing expired, nothing missing',
      `${then}, ${afterGap} messages after it: ${servedDead} dead for over 1 s (${expiredAfterGap} at all), ` +
        `${missingAfterGap} missing; before it ${held} messages (${heldExpired} expired) of ${kB(kernelBytes)} in the kernel`,
    ),
  ]
}

/** Why the figures mean nothing, if so. */
export function faults(name: string, { pairs, errors }: SlowResult, leastSamples: number): string[] {
  const seen = Object.entries(errors).map(([code, n]) => `${name}, slow: ${n} × ${code}`)
  if (tooFewSamples(pairs, leastSamples)) seen.push(`${name}, slow: too few messages arrived`)
  return seen
}
