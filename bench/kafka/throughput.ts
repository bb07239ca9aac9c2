import type { AcrossJob, AcrossResult } from '../load/jobs.ts'
import { table } from '../support/markdown.ts'
import { runLoad } from '../support/run-load.ts'
import type { Times } from '../support/statistics.ts'
import { cpuCell, faultsOf, ms, ofCore, PROCESSORS } from './cells.ts'
import { withCluster } from './cluster.ts'
import type { Flags } from './flags.ts'
import type { KafkaReport, Limit } from './report.ts'

const ROOMS = 100
const RATE = 10_000
/** What the middle of the last window may exceed that of the first by, before it has grown. A queue that grows does so by seconds. */
const NOISE_RATIO = 1.5
const NOISE_MS = 3
/** Of what is due in a window; a few messages more or less are those at its ends. */
const COMPLETE = 0.999
/** Once nothing more is sent, everything on its way is there within this time, in milliseconds. */
const DRAIN_MS = 1_000

/** As many messages as two gateways and a broker must bear for a minute, without falling behind. */
export async function throughputScenario(flags: Flags): Promise<KafkaReport> {
  const spans = flags.quick ? { warmUp: 5, windows: 3, window: 3 } : { warmUp: 10, windows: 6, window: 10 }
  const result = await withCluster(flags, async (cluster) => {
    const [a, b] = [await cluster.gateway(), await cluster.gateway()]
    const pids = { 'gateway A': a.child.pid ?? 0, 'gateway B': b.child.pid ?? 0, broker: cluster.brokerPid }
    const job: AcrossJob = {
      kind: 'across',
      sendersPort: a.port,
      readersPort: b.port,
      rooms: ROOMS,
      rate: RATE,
      pids,
      ...spans,
    }
    return runLoad(job, {}, 'anywhere')
  })
  const { shares } = result
  const cpu = PROCESSORS.map((name) => `${name} ${cpuCell(shares.named[name])}`).join(', ')
  return {
    markdown:
      `\n${RATE} messages/s in ${ROOMS} rooms, one sender at gateway A and one reader at gateway B in each\n\n` +
      `${table(['seconds', 'append to reader, p50', 'p99', 'due to reader, p50', 'p99', 'most', 'messages'], rowsOf(result, spans.window))}\n\n` +
      `CPU, of a core (waiting for one): ${cpu}, others ${ofCore(shares.others)}. The load wrote ${ms(result.lateness.p50Ms)} (p50), ` +
      `${ms(result.lateness.p99Ms)} (p99) late.\n`,
    figures: { rooms: ROOMS, rate: RATE, ...spans, ...result },
    limits: limitsOf(result, RATE * spans.window),
    invalid: faultsOf('throughput', result),
  }
}

const rowsOf = ({ windows }: AcrossResult, seconds: number): string[][] =>
  windows.map(({ lag, latency }, i) => [
    `${i * seconds} – ${(i + 1) * seconds}`,
    ms(lag.p50Ms),
    ms(lag.p99Ms),
    ms(latency.p50Ms),
    ms(latency.p99Ms),
    ms(latency.maxMs),
    `${latency.samples}`,
  ])

function limitsOf({ windows, sent, acknowledged, lost, drainMs }: AcrossResult, due: number): Limit[] {
  const [first, last] = [windows[0], windows.at(-1)]
  const fewest = Math.min(...windows.map(({ latency }) => latency.samples))
  return [
    {
      kept: fewest >= due * COMPLETE,
      promise: `in every window what was due arrives, ${due} messages`,
      seen: `${fewest} in the emptiest`,
    },
    grown('append to reader', first?.lag, last?.lag),
    grown('due to reader', first?.latency, last?.latency),
    {
      kept: lost === 0 && acknowledged === sent,
      promise: 'everything is acknowledged, and arrives',
      seen: `${sent} sent, ${acknowledged} acknowledged, ${lost} of them lost`,
    },
    { kept: drainMs <= DRAIN_MS, promise: `all is there ${DRAIN_MS / 1_000} s after the last`, seen: ms(drainMs) },
  ]
}

/** By the middle: a queue that grows moves it with all the rest, and a pause of the machine does not. */
function grown(what: string, first: Times | undefined, last: Times | undefined): Limit {
  const [from, to] = [first?.p50Ms ?? Number.NaN, last?.p50Ms ?? Number.NaN]
  return {
    kept: to <= from * NOISE_RATIO + NOISE_MS,
    promise: `${what}, p50 of the last window no more than ${NOISE_RATIO}× the first’s + ${NOISE_MS} ms`,
    seen: `${ms(from)}, then ${ms(to)}`,
  }
}
