import {
  ABUSE_KINDS,
  type AbuseJob,
  type AbuseKind,
  type Abuser,
  type HonestJob,
  type HonestResult,
} from '../load/abuse-jobs.ts'
import type { Pair } from '../load/jobs.ts'
import { ask } from '../support/ask.ts'
import { percent, table, times, verdict } from '../support/markdown.ts'
import { stop } from '../support/pinned.ts'
import { runLoad, startLoad } from '../support/run-load.ts'
import { startGateway, startIdle } from '../support/server-process.ts'
import { median } from '../support/statistics.ts'
import { abuseFaults, abuseTable } from './abuse-tallies.ts'
import type { Report } from './report.ts'
import { generatorDelay, medianOf, ms, othersOnCore, p50, p99, stall, tooFewSamples } from './windows.ts'

export interface AbuseFlags {
  /** Seconds instead of minutes: figures mean nothing. */
  readonly quick: boolean
  readonly rounds: number | undefined
  readonly abusers: number
  /** What the ten do; all kinds unless named. */
  readonly kinds: readonly AbuseKind[]
  /** For the gateway's process, such as those that write a profile. */
  readonly nodeFlags: readonly string[]
}

export interface JudgedReport extends Report {
  readonly isKept: boolean
}

const PROMISED_RATIO = 1.5
const ROOMS = 10
const HONEST = { rooms: ROOMS, membersPerRoom: 20, rate: 10 }
/** A hundred times what one connection may say, and what one address may open, in a second: the defaults of WR_RATE_MESSAGES and WR_RATE_UPGRADES. */
const FRAMES_PER_SECOND = 100 * 10
const UPGRADES_PER_SECOND = 100 * 20
/** So that each person and each abuser has an address: the load says it in place of a proxy. */
const ENVIRONMENT = { WR_TRUSTED_PROXIES: '127.0.0.0/8, ::1' }

/** See `bench/abuse.ts` for how the two are told apart: what the gateway does, and what the load does to itself. */
export async function abuseScenario({
  quick,
  rounds,
  abusers: size,
  kinds,
  nodeFlags,
}: AbuseFlags): Promise<JudgedReport> {
  const spans = quick
    ? { rounds: rounds ?? 1, window: 2, settle: 1, recover: 2 }
    : { rounds: rounds ?? 7, window: 8, settle: 2, recover: 12 }
  const prefix = `b${Date.now().toString(36)}`
  const abusers = crew(size, kinds, prefix)
  const idle = startIdle()
  const server = await startGateway(ENVIRONMENT, nodeFlags, 'server')
  const decoy = await startGateway(ENVIRONMENT, [], 'background')
  const startAbuse = (port: number) => {
    const job: AbuseJob = { kind: 'abuse', server: 'gateway', port, abusers }
    return startLoad(job, {}, 'background')
  }
  const [atServer, atDecoy] = [startAbuse(server.port), startAbuse(decoy.port)]
  await Promise.all([atServer.ready, atDecoy.ready])
  const job: HonestJob = { kind: 'honest', server: 'gateway', port: server.port, prefix, ...HONEST, ...spans }
  const result = await runLoad(job, { server: server.child, idle, crowd: atServer.child, decoy: atDecoy.child })
  for (const { child } of [atServer, atDecoy]) await ask(child, { id: 0, target: 'crowd', what: 'leave' })
  const { tallies } = await atServer.result
  await Promise.all([atDecoy.result, server.stop(), decoy.stop(), stop(idle)])

  const [beside, besideDecoy] = [pairsOf(result, 'abuse'), pairsOf(result, 'decoy')]
  const isKept = ratioOf(beside) <= PROMISED_RATIO
  const people = HONEST.rooms * HONEST.membersPerRoom
  return {
    isKept,
    markdown: [
      `\n${people} honest clients in ${ROOMS} rooms at ${HONEST.rate} messages/s each, beside ${size} abusers ` +
        `(${spans.rounds} rounds of three windows of ${spans.window} s)`,
      `\n${tableOf(beside, besideDecoy)}`,
      `\n${abuseTable(tallies)}\n`,
      verdict(isKept, `p99 beside abuse ≤ ${PROMISED_RATIO}× calm`, `${times(ratioOf(beside))} (${each(beside)})`),
      `- of it the load's own, by the decoy: ${times(ratioOf(besideDecoy))} (${each(besideDecoy)})`,
    ].join('\n'),
    othersOnCore: othersOnCore(beside),
    figures: { ...HONEST, ...spans, ...result, tallies },
    invalid: [
      ...Object.entries(result.errors).map(([code, n]) => `abuse: honest clients got ${n} × ${code}`),
      ...(tooFewSamples(beside, people * HONEST.rate * spans.window * 0.8)
        ? ['abuse: not everything arrived in its window']
        : []),
      ...abuseFaults(tallies),
    ],
  }
}

/** Half of them in rooms of honest people, or as many as there are of a kind; those who send also in rooms of their own. */
function crew(size: number, kinds: readonly AbuseKind[], prefix: string): Abuser[] {
  const special = kinds.filter((kind) => kind !== 'messages')
  const rest = kinds.includes('messages') ? 'messages' : special[0]
  return Array.from({ length: size }, (_, i) => {
    const kind = special[i] ?? (rest === 'messages' ? rest : (special[i % special.length] ?? ABUSE_KINDS[0]))
    const room = i % 3 === 2 ? `${prefix}-own-${i}` : `${prefix}-${i % ROOMS}`
    return { kind, room, rate: kind === 'upgrades' ? UPGRADES_PER_SECOND : FRAMES_PER_SECOND }
  })
}

const pairsOf = ({ rounds }: HonestResult, side: 'abuse' | 'decoy'): Pair[] =>
  rounds.map((round) => ({ without: round.calm, with: round[side] }))

const ratioOf = (pairs: readonly Pair[]): number => median(pairs.map((pair) => pair.with.p99Ms / pair.without.p99Ms))
const each = (pairs: readonly Pair[]): string =>
  pairs.map((pair) => times(pair.with.p99Ms / pair.without.p99Ms)).join(', ')

function tableOf(beside: readonly Pair[], besideDecoy: readonly Pair[]): string {
  const row = (name: string, pairs: readonly Pair[], side: 'with' | 'without') => [
    name,
    ms(medianOf(pairs, side, p50)),
    ms(medianOf(pairs, side, p99)),
    ms(medianOf(pairs, side, stall)),
    ms(medianOf(pairs, side, generatorDelay)),
    percent(medianOf(pairs, side, ({ core }) => core.server)),
    percent(Math.max(...pairs.map((pair) => pair[side].core.others))),
  ]
  return table(
    ['window', 'p50', 'p99', 'stall', 'generator p99', 'gateway CPU', 'others on its core, most'],
    [row('calm', beside, 'without'), row('abuse of a decoy', besideDecoy, 'with'), row('abuse', beside, 'with')],
  )
}
