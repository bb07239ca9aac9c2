import type { FanOutJob, FanOutResult } from '../load/jobs.ts'
import type { ServerName } from '../servers/commands.ts'
import type { Flags } from '../support/flags.ts'
import { percent, short, table, times, verdict } from '../support/markdown.ts'
import { runLoad } from '../support/run-load.ts'
import { startServer } from '../support/server-process.ts'
import { median } from '../support/statistics.ts'
import type { Report } from './report.ts'

interface Cell {
  readonly members: number
  readonly inFlight: number
}

const ROUNDS = 5
/** What 1,000 members must be delivered, times either peer, by messages in flight. */
const PROMISED: Readonly<Record<number, number>> = { 1: 1.2, 64: 20 }
/** From here on the generator may be what is measured. */
const BUSY_GENERATOR = 0.95

const cellsOf = (flags: Flags): Cell[] =>
  (flags.members === undefined ? [100, 1_000] : [flags.members]).flatMap((members) =>
    (flags.inFlight === undefined ? [1, 64] : [flags.inFlight]).map((inFlight) => ({ members, inFlight })),
  )

type Round = ReadonlyMap<ServerName, FanOutResult>
/** Where others use the server's core too, this says more than deliveries/s: the server is what is always busy here. */
const perCpuSecond = (result: FanOutResult): number => rateOf(result) / result.core.server
const rateOf = (result: FanOutResult): number => result.deliveries / result.seconds

/**
 * Deliveries per second of every server, fresh processes in every round. Within a round the servers take turns cell by
 * cell (those that wait are idle), so a ratio is of neighbours in time; the median of the rounds' ratios is told.
 */
export async function fanOutScenario(flags: Flags): Promise<Report> {
  const cells = cellsOf(flags)
  const rounds = new Map<Cell, Round[]>(cells.map((cell) => [cell, []]))
  for (let i = 0; i < (flags.rounds ?? (flags.quick ? 1 : ROUNDS)); i++) {
    const results = new Map<Cell, Map<ServerName, FanOutResult>>(cells.map((cell) => [cell, new Map()]))
    const servers = await Promise.all(flags.servers.map(startServer))
    for (const cell of cells) {
      for (const server of i % 2 === 0 ? servers : servers.toReversed()) {
        const pace = flags.quick ? { warmUp: 0.3, window: 0.7 } : { warmUp: 1, window: 3 }
        const job: FanOutJob = { kind: 'fanout', server: server.name, port: server.port, ...cell, ...pace }
        results.get(cell)?.set(server.name, await runLoad(job, { server: server.child }))
      }
    }
    await Promise.all(servers.map((server) => server.stop()))
    for (const [cell, round] of results) rounds.get(cell)?.push(round)
  }
  const seenByCell = [...rounds]
  return {
    markdown: [...seenByCell.map(([cell, seen]) => tableOf(cell, seen, flags.servers)), ...verdicts(seenByCell)].join(
      '\n',
    ),
    othersOnCore: Math.max(
      ...seenByCell.flatMap(([, seen]) => seen.flatMap((round) => [...round.values()].map(({ core }) => core.others))),
    ),
    figures: seenByCell.map(([cell, seen]) => ({ ...cell, rounds: seen.map((round) => Object.fromEntries(round)) })),
    invalid: seenByCell.flatMap(([cell, seen]) =>
      seen.flatMap((round) => [...round].flatMap((one) => faults(cell, ...one))),
    ),
  }
}

const of = (seen: readonly Round[], name: ServerName): FanOutResult[] =>
  seen.map((round) => round.get(name)).filter((result) => result !== undefined)

/** The gateway's `figure` over `name`'s, the median of the rounds; `NaN` when either did not run. */
function ratio(seen: readonly Round[], name: ServerName, figure = rateOf): number {
  const ratios = seen.flatMap((round) => {
    const [ours, theirs] = [round.get('gateway'), round.get(name)]
    return ours && theirs ? [figure(ours) / figure(theirs)] : []
  })
  return median(ratios)
}

function tableOf({ members, inFlight }: Cell, seen: readonly Round[], servers: readonly ServerName[]): string {
  const head = [
    'server',
    'deliveries/s',
    'lowest – highest',
    'gateway ÷ it',
    'per CPU second',
    'gateway ÷ it',
    'server CPU',
    'others on its core',
    'generator CPU',
  ]
  const rows = servers.map((name) => {
    const results = of(seen, name)
    const rates = results.map(rateOf)
    const generator = median(results.map(({ generatorCpu }) => generatorCpu))
    return [
      name,
      short(median(rates)),
      `${short(Math.min(...rates))} – ${short(Math.max(...rates))}`,
      times(ratio(seen, name)),
      short(median(results.map(perCpuSecond))),
      times(ratio(seen, name, perCpuSecond)),
      percent(median(results.map(({ core }) => core.server))),
      percent(median(results.map(({ core }) => core.others))),
      generator >= BUSY_GENERATOR ? `${percent(generator)}, **the limit**` : percent(generator),
    ]
  })
  return `\n${members} members, ${inFlight} in flight\n\n${table(head, rows)}`
}

function verdicts(cells: readonly (readonly [Cell, readonly Round[]])[]): string[] {
  const lines = cells.flatMap(([{ members, inFlight }, seen]) => {
    const promised = PROMISED[inFlight]
    if (members !== 1_000 || promised === undefined) return []
    return (['ws', 'socket.io'] as const).flatMap((name) => {
      const is = ratio(seen, name)
      if (Number.isNaN(is)) return []
      return [verdict(is >= promised, `${members} members, ${inFlight} in flight, ≥ ${promised}× ${name}`, times(is))]
    })
  })
  return lines.length > 0 ? ['', ...lines] : []
}

function faults({ members, inFlight }: Cell, name: ServerName, result: FanOutResult): string[] {
  const where = `${name}, ${members} members, ${inFlight} in flight`
  const errors = Object.entries(result.errors).map(([code, n]) => `${where}: ${n} × ${code}`)
  if (result.sent === 0 || result.deliveries === 0) errors.push(`${where}: nothing was delivered`)
  if (result.lost !== 0) errors.push(`${where}: ${result.lost} of ${result.sent * members} deliveries missing`)
  if (result.miscounted !== 0) errors.push(`${where}: frames and marks differ by ${result.miscounted}`)
  return errors
}
