/**
 * `npm run bench:presence`: whether everybody knows how many are here, and what telling it costs.
 *
 * - `--scenario arrivals|churn` (repeatable; default both)
 * - `--members N`: of each scenario; 5,000 and 10,000
 * - `--quick`: a tenth of it, to see that it runs
 *
 * `arrivals`: a crowd joins one room within 5 s; half of it leaves; half of those who stay are lost without a word and have left after
 * the grace. What counts is when the last member had been told the right number, after the last had come, had said that they leave, or
 * had no grace any more; and how long the gateway's event loop stood still meanwhile.
 *
 * `churn`: a quarter of the members in one room, the others in rooms of 100. In a second 100 leave and as many come. Nothing
 * is said, so that whatever is written to members beside their welcome is presence: what the profiler finds in `people/` and in the
 * flush is its cost. The profiler itself is in these figures.
 *
 * Ends with 1 when a limit is missed.
 */
import { parseArgs } from 'node:util'
import type { ArrivalsPhase } from './load/jobs.ts'
import { choose } from './support/flags.ts'
import { describeMachine } from './support/machine.ts'
import { table, verdict } from './support/markdown.ts'
import { runLoad } from './support/run-load.ts'
import { type ServerProcess, startServer } from './support/server-process.ts'

const SCENARIOS = ['arrivals', 'churn'] as const
const TOLD_MS = 1_000
const MOST_FRAMES = 60
const STALL_MS = 15
const MOST_SHARE = 0.1
const ARRIVING_SECONDS = 5
const CHANGES_PER_SECOND = 200
const CHURN_SECONDS = 20

const { values } = parseArgs({
  options: {
    scenario: { type: 'string', multiple: true },
    members: { type: 'string' },
    quick: { type: 'boolean', default: false },
  },
})
const size = (usual: number): number => Number(values.members ?? (values.quick ? usual / 10 : usual))

const machine = describeMachine('bench:presence')
console.log(
  `Commit ${machine.commit}${machine.dirty ? ' with changes' : ''}, Node ${machine.node}, ${machine.cpu}, ${machine.cores} cores`,
)
if (!machine.pinned) console.log('Nothing is pinned to a core here: the gateway and the load may disturb each other.')
const figures: Record<string, unknown> = {}
let isKept = true

async function withGateway<T>(run: (server: ServerProcess) => Promise<T>): Promise<T> {
  const server = await startServer('gateway')
  try {
    return await run(server)
  } finally {
    await server.stop()
  }
}

function judge(kept: boolean, promise: string, seen: string): void {
  console.log(verdict(kept, promise, seen))
  isKept &&= kept
}

async function arrivals(): Promise<void> {
  const members = size(5_000)
  const job = { kind: 'arrivals', server: 'gateway', members, seconds: ARRIVING_SECONDS } as const
  const result = await withGateway(({ port, child }) => runLoad({ ...job, port }, { server: child }))
  const row = ({ name, expected, wrong, settledMs, delayMs, collectionMs }: ArrivalsPhase): string[] => [
    name,
    String(expected),
    String(wrong),
    settledMs.toFixed(0),
    delayMs.toFixed(1),
    collectionMs.toFixed(1),
  ]
  console.log(`\n### ${members} members join one room within ${ARRIVING_SECONDS} s, and leave\n`)
  console.log(
    table(
      ['when', 'members', 'wrong after 1 s', 'all told after ms', 'longest stall ms', 'longest collection ms'],
      result.phases.map(row),
    ),
  )
  const worst = (of: (phase: ArrivalsPhase) => number): number => Math.max(...result.phases.map(of))
  const told = worst(({ settledMs }) => settledMs)
  const stall = worst(({ delayMs }) => delayMs)
  judge(told <= TOLD_MS, `everybody's number is right within ${TOLD_MS} ms of the end`, `${told.toFixed(0)} ms`)
  judge(result.mostFrames <= MOST_FRAMES, `at most ${MOST_FRAMES} presence frames per member`, `${result.mostFrames}`)
  judge(stall <= STALL_MS, `no stall above ${STALL_MS} ms`, `${stall.toFixed(1)} ms`)
  judge(result.errors.length === 0, 'no errors', [...new Set(result.errors)].join(', ') || 'none')
  figures['arrivals'] = result
}

async function churn(): Promise<void> {
  const members = size(10_000)
  const job = {
    kind: 'churn',
    server: 'gateway',
    members,
    bigRoom: Math.floor(members / 4),
    roomSize: 100,
    perSecond: CHANGES_PER_SECOND / 2,
    seconds: CHURN_SECONDS,
  } as const
  const result = await withGateway(({ port, child }) => runLoad({ ...job, port }, { server: child }))
  const share = (part: number): string => `${(part * 100).toFixed(1)} %`
  const parts = Object.entries(result.shares)
  console.log(`\n### ${members} members, of whom ${CHANGES_PER_SECOND / 2} leave in a second and as many come\n`)
  console.log(
    table(
      ['the gateway, of one core', ''],
      [
        ['nothing changes', share(result.calm)],
        ['they come and go', share(result.busy)],
        ...parts.map(([path, part]) => [`of that \`${path}\``, share(part)]),
      ],
    ),
  )
  console.log(`\n${result.frames} presence frames, those of filling the rooms among them`)
  const presence = parts.reduce((sum, [, part]) => sum + part, 0)
  judge(presence < MOST_SHARE, `presence takes less than ${share(MOST_SHARE)} of a core`, share(presence))
  judge(result.errors.length === 0, 'no errors', [...new Set(result.errors)].join(', ') || 'none')
  figures['churn'] = result
}

const RUN = { arrivals, churn } as const
for (const scenario of choose('--scenario', values.scenario, SCENARIOS)) await RUN[scenario]()
console.log(`\n${JSON.stringify({ bench: 'presence', ...machine, figures })}`)
if (!isKept) process.exitCode = 1
