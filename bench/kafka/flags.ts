import { parseArgs } from 'node:util'
import { choose } from '../support/flags.ts'

export const SCENARIO_NAMES = ['latency', 'throughput', 'join', 'idle'] as const
export type ScenarioName = (typeof SCENARIO_NAMES)[number]

export interface Flags {
  /** A smoke run of seconds: figures mean nothing. */
  readonly quick: boolean
  readonly scenarios: readonly ScenarioName[]
  /** Settings of the broker in place of those `npm run kafka` has. */
  readonly brokerSettings: Readonly<Record<string, string>>
  /** Where the gateways put profiles of their processor time; `undefined`: none are taken. */
  readonly profileFolder: string | undefined
}

/** Reads the command line; throws, naming the flag, when it cannot. */
export function readFlags(args: string[]): Flags {
  const { values } = parseArgs({
    args,
    options: {
      quick: { type: 'boolean', default: false },
      scenario: { type: 'string', multiple: true },
      broker: { type: 'string', multiple: true, default: [] },
      profile: { type: 'string' },
    },
  })
  return {
    quick: values.quick,
    scenarios: choose('--scenario', values.scenario, SCENARIO_NAMES),
    brokerSettings: Object.fromEntries(values.broker.map(settingOf)),
    profileFolder: values.profile,
  }
}

function settingOf(text: string): [string, string] {
  const [, name, value] = /^([a-z.]+)=(.*)$/.exec(text) ?? []
  if (name === undefined || value === undefined) throw new Error('--broker is a setting such as num.io.threads=8')
  return [name, value]
}
