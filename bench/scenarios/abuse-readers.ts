import { randomBytes } from 'node:crypto'
import type { SlowJob, SlowPair } from '../load/jobs.ts'
import { commandOf } from '../servers/commands.ts'
import { percent, table, times, verdict } from '../support/markdown.ts'
import { stop } from '../support/pinned.ts'
import { runLoad } from '../support/run-load.ts'
import { startGateway, startIdle } from '../support/server-process.ts'
import { median } from '../support/statistics.ts'
import type { AbuseFlags, JudgedReport } from './abuse.ts'
import { faults, ratioOf } from './slow.ts'
import { generatorDelay, medianOf, ms, othersOnCore, p50, p99, tooFewSamples } from './windows.ts'

const PROMISED_RATIO = 1.5
const kB = (bytes: number): string => `${(bytes / 1_000).toFixed(0)} kB`

/**
 * One room in which 900 read, with and without 100 more who have stopped: everything the kernel takes for them is full before a
 * window begins, so that it is the gateway that holds their places.
 */
export async function readersScenario({ quick, rounds, nodeFlags }: AbuseFlags): Promise<JudgedReport> {
  const size = quick
    ? { members: 90, stalled: 10, rate: 50, isFilled: true }
    : { members: 900, stalled: 100, rate: 50, isFilled: true }
  const spans = quick
    ? { pairs: rounds ?? 1, warmUp: 3, window: 2, fill: 20, settle: 1, stall: 0 }
    : { pairs: rounds ?? 7, warmUp: 10, window: 8, fill: 20, settle: 2, stall: 0 }
  const metricsToken = randomBytes(18).toString('base64url')
  const idle = startIdle()
  const server = await startGateway(
    { ...commandOf('gateway').env, WR_METRICS_TOKEN: metricsToken },
    nodeFlags,
    'server',
  )
  const job: SlowJob = { kind: 'slow', server: 'gateway', port: server.port, ...size, ...spans, metricsToken }
  const result = await runLoad(job, { server: server.child, idle })
  await server.stop()
  await stop(idle)
  const { pairs } = result
  const isKept = ratioOf(pairs) <= PROMISED_RATIO
  const leastSamples = (size.members / 20) * size.rate * spans.window * 0.8
  return {
    isKept,
    markdown: [
      `\n${size.members} readers of one room at ${size.rate} messages/s, with and without ${size.stalled} more that stopped ` +
        `reading (${spans.pairs} pairs of ${spans.window} s)`,
      `\n${tableOf(pairs, size.stalled)}\n`,
      verdict(isKept, `others' p99 ≤ ${PROMISED_RATIO}×`, `${times(ratioOf(pairs))} (${eachRatio(pairs)})`),
    ].join('\n'),
    othersOnCore: othersOnCore(pairs),
    figures: { ...size, ...spans, ...result },
    invalid: [
      ...faults('readers', result, 0),
      ...(tooFewSamples(pairs, leastSamples) ? ['readers: not everything arrived in its window'] : []),
      ...(pairs.some(({ lagging }) => lagging < size.stalled) ? ['readers: not all who stopped reading lagged'] : []),
    ],
  }
}

const eachRatio = (pairs: readonly SlowPair[]): string =>
  pairs.map((pair) => times(pair.with.p99Ms / pair.without.p99Ms)).join(', ')

function tableOf(pairs: readonly SlowPair[], stalled: number): string {
  const sides = ['without', 'with'] as const
  const rows = sides.map((side) => [
    side,
    ms(medianOf(pairs, side, p50)),
    ms(medianOf(pairs, side, p99)),
    ms(medianOf(pairs, side, generatorDelay)),
    percent(medianOf(pairs, side, ({ core }) => core.server)),
    side === 'with' ? String(Math.min(...pairs.map(({ lagging }) => lagging))) : '0',
    side === 'with' ? kB(median(pairs.map(({ kernelBytes }) => kernelBytes / stalled))) : '–',
    side === 'with' ? kB(median(pairs.map(({ usedBytes }) => usedBytes))) : '–',
  ])
  const head = [
    'stalled',
    'p50',
    'p99',
    'generator p99',
    'gateway CPU',
    'lagging, least',
    'kernel, each',
    'gateway, each',
  ]
  return table(head, rows)
}
