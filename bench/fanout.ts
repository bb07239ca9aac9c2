/**
 * `npm run bench:fanout`: the gateway beside `ws` in a loop and Socket.IO, in one run, as tables of ratios, and one line of
 * JSON with everything.
 *
 * - `--scenario fanout|idle|slow|fairness` (repeatable; default all)
 * - `--only gateway|ws|socket.io` (repeatable; default all, in `slow` and `fairness` the gateway)
 * - `--rounds N`: rounds of `fanout`, pairs of `slow` and `fairness`
 * - `--members N`, `--in-flight N`: only these cells of `fanout`, or others
 * - `--quick`: seconds instead of minutes, to see that it runs
 *
 * Ends with 1 when a count cannot be trusted. A promise that was missed is told and does not fail: that is for whoever
 * reads it on a quiet machine.
 */
import { fairnessScenario } from './scenarios/fairness.ts'
import { fanOutScenario } from './scenarios/fan-out.ts'
import { idleScenario } from './scenarios/idle.ts'
import type { Report } from './scenarios/report.ts'
import { slowScenario } from './scenarios/slow.ts'
import { commandOf, isThere, type ServerName } from './servers/commands.ts'
import { type Flags, readFlags, type ScenarioName } from './support/flags.ts'
import { describeMachine } from './support/machine.ts'
import { percent } from './support/markdown.ts'

const SCENARIOS: Readonly<Record<ScenarioName, (flags: Flags) => Promise<Report>>> = {
  fanout: fanOutScenario,
  idle: idleScenario,
  slow: slowScenario,
  fairness: fairnessScenario,
}

/** Above this share of the server's core in other hands, times are not the server's. */
const QUIET = 0.1

const asked = readFlags(process.argv.slice(2))
const absent = asked.servers.filter((name) => !isThere(name))
const present = (name: ServerName): boolean => !absent.includes(name)
for (const name of absent) console.error(`${name} is left out: there is no ${commandOf(name).file}`)
const flags = {
  ...asked,
  servers: asked.servers.filter(present),
  serversOfLongScenarios: asked.serversOfLongScenarios.filter(present),
}

const machine = describeMachine('bench:fanout')
console.log(
  `Commit ${machine.commit}${machine.dirty ? ' with changes' : ''}, Node ${machine.node}, ${machine.cpu}, ${machine.cores} cores`,
)
if (!machine.pinned) console.log('Nothing is pinned to a core here: the servers and the load may disturb each other.')
if (flags.quick) console.log('Quick: these figures mean nothing.')

const figures: Partial<Record<ScenarioName, unknown>> = {}
const invalid: string[] = []
for (const name of flags.scenarios) {
  const report = await SCENARIOS[name](flags)
  console.log(report.markdown)
  if (report.othersOnCore > QUIET) {
    console.log(
      `- noise: others used up to ${percent(report.othersOnCore)} of the server's core; judge nothing by this run`,
    )
  }
  figures[name] = report.figures
  invalid.push(...report.invalid)
}
for (const fault of invalid) console.log(`- **INVALID**: ${fault}`)
console.log(`\n${JSON.stringify({ bench: 'fanout', ...machine, quick: flags.quick, invalid, figures })}`)
process.exitCode = invalid.length > 0 || absent.length > 0 ? 1 : 0
