/**
 * `npm run bench:abuse`: what those who are served pay for those who go too far. A table for each scenario, and one line of JSON
 * with everything.
 *
 * - `--scenario abuse|readers` (repeatable; default both)
 * - `--kind messages|typing|pings|control|nonsense|upgrades` (repeatable; default all): what the ten of `abuse` do
 * - `--abusers N`: ten, unless one kind is to be looked at by itself
 * - `--rounds N`
 * - `--profile DIR`: the gateway writes a profile of its processor time there
 * - `--quick`: seconds instead of minutes, to see that it runs
 *
 * `abuse`: 200 honest clients in 10 rooms at a tenth of their limits, while ten others send a hundred times what they may, in the
 * same rooms and in their own. Limits are the gateway's defaults. Whoever is closed comes back at once, and whose address is
 * refused, from another one: the flood never ends. Times are from an honest sender to all honest readers of the room.
 *
 * The load is measured beside what it measures, so two things have to be told apart: what abuse costs the gateway, and what
 * making it costs the process that takes the times. Abusers are processes of their own which give way to it on its core, and each
 * round has three windows, their order changing: *calm*, without abuse; *decoy*, the same abuse of a second gateway, which runs
 * on the load's core and gives way as well; *abuse*. What is judged is abuse ÷ calm, in which the load's own disturbance is
 * counted against the gateway; decoy ÷ calm tells how much that is. Of the ratios of the rounds the median counts.
 *
 * `readers`: 900 readers of one room, with and without 100 more who stopped reading; see `scenarios/abuse-readers.ts`.
 *
 * Ends with 1 when a limit is missed, or a count cannot be trusted.
 */
import { parseArgs } from 'node:util'
import { ABUSE_KINDS } from './load/abuse-jobs.ts'
import { type AbuseFlags, abuseScenario, type JudgedReport } from './scenarios/abuse.ts'
import { readersScenario } from './scenarios/abuse-readers.ts'
import { choose } from './support/flags.ts'
import { describeMachine } from './support/machine.ts'
import { percent } from './support/markdown.ts'

const SCENARIOS: Readonly<Record<'abuse' | 'readers', (flags: AbuseFlags) => Promise<JudgedReport>>> = {
  abuse: abuseScenario,
  readers: readersScenario,
}
/** Above this share of the gateway's core in other hands, times are not the gateway's. */
const QUIET = 0.1

const { values } = parseArgs({
  options: {
    scenario: { type: 'string', multiple: true },
    kind: { type: 'string', multiple: true },
    rounds: { type: 'string' },
    abusers: { type: 'string', default: '10' },
    profile: { type: 'string' },
    quick: { type: 'boolean', default: false },
  },
})
const flags: AbuseFlags = {
  quick: values.quick,
  rounds: values.rounds === undefined ? undefined : Math.max(1, Number(values.rounds)),
  abusers: Math.max(1, Number(values.abusers)),
  kinds: choose('--kind', values.kind, ABUSE_KINDS),
  nodeFlags: values.profile === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${values.profile}`],
}

const machine = describeMachine('bench:abuse')
console.log(
  `Commit ${machine.commit}${machine.dirty ? ' with changes' : ''}, Node ${machine.node}, ${machine.cpu}, ${machine.cores} cores`,
)
if (!machine.pinned) console.log('Nothing is pinned to a core here: the gateway and the load may disturb each other.')
if (flags.quick) console.log('Quick: these figures mean nothing.')

const figures: Record<string, unknown> = {}
const invalid: string[] = []
let isKept = true
for (const name of choose('--scenario', values.scenario, ['abuse', 'readers'] as const)) {
  const report = await SCENARIOS[name](flags)
  console.log(report.markdown)
  if (report.othersOnCore > QUIET)
    console.log(
      `- noise: others used up to ${percent(report.othersOnCore)} of the gateway's core; judge nothing by this run`,
    )
  figures[name] = report.figures
  invalid.push(...report.invalid)
  isKept &&= report.isKept
}
for (const fault of invalid) console.log(`- **INVALID**: ${fault}`)
console.log(`\n${JSON.stringify({ bench: 'abuse', ...machine, quick: flags.quick, invalid, figures })}`)
if (!isKept || invalid.length > 0) process.exitCode = 1
