/**
 * `npm run bench:kafka`: gateways on a real broker, all on this machine, as tables and verdicts, and one line of JSON with
 * everything.
 *
 * - `--scenario latency|throughput|join|idle` (repeatable; default all)
 * - `--broker NAME=VALUE`: a setting of the broker (repeatable); what `_JAVA_OPTIONS` says goes to its JVM
 * - `--profile FOLDER`: the gateways leave profiles of their processor time there
 * - `--quick`: shorter, to see that it runs
 *
 * Ends with 1 when a limit was broken or a count cannot be trusted.
 */
import { type Flags, readFlags, type ScenarioName } from './kafka/flags.ts'
import { idleScenario } from './kafka/idle.ts'
import { joinScenario } from './kafka/join.ts'
import { latencyScenario } from './kafka/latency.ts'
import type { KafkaReport, Limit } from './kafka/report.ts'
import { throughputScenario } from './kafka/throughput.ts'
import { describeMachine } from './support/machine.ts'
import { verdict } from './support/markdown.ts'
import { watchOthers } from './support/processor.ts'

const SCENARIOS: Readonly<Record<ScenarioName, (flags: Flags) => Promise<KafkaReport>>> = {
  latency: latencyScenario,
  throughput: throughputScenario,
  join: joinScenario,
  idle: idleScenario,
}

/** Above this many cores in other hands, times are not the gateways'. */
const QUIET = 0.1

const flags = readFlags(process.argv.slice(2))
// Broker, two gateways and the load share what cores there are, as the system likes.
const machine = { ...describeMachine('bench:kafka'), pinned: false, javaOptions: process.env['_JAVA_OPTIONS'] ?? '' }
console.log(
  `Commit ${machine.commit}${machine.dirty ? ' with changes' : ''}, Node ${machine.node}, ${machine.cpu}, ${machine.cores} cores`,
)
console.log(`\`${machine.command}\`${machine.javaOptions === '' ? '' : `, JVM: ${machine.javaOptions}`}`)
if (flags.quick) console.log('Quick: these figures mean nothing.')

const figures: Partial<Record<ScenarioName, unknown>> = {}
const limits: Limit[] = []
const invalid: string[] = []
for (const name of flags.scenarios) {
  const others = watchOthers()
  const report = await SCENARIOS[name](flags)
  const othersShare = others()
  console.log(report.markdown)
  for (const { kept, promise, seen } of report.limits) console.log(verdict(kept, promise, seen))
  if (othersShare > QUIET)
    console.log(`- noise: others used ${othersShare.toFixed(2)} of ${machine.cores} cores; judge nothing by this run`)
  figures[name] = report.figures
  limits.push(...report.limits)
  invalid.push(...report.invalid)
}
for (const fault of invalid) console.log(`- **INVALID**: ${fault}`)
console.log(`\n${JSON.stringify({ bench: 'kafka', ...machine, quick: flags.quick, invalid, limits, figures })}`)
process.exitCode = invalid.length > 0 || limits.some(({ kept }) => !kept) ? 1 : 0
