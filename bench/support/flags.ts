import { parseArgs } from 'node:util'
import { SERVER_NAMES, type ServerName } from '../servers/commands.ts'

export const SCENARIO_NAMES = ['fanout', 'idle', 'slow', 'fairness'] as const
export type ScenarioName = (typeof SCENARIO_NAMES)[number]

export interface Flags {
  /** A smoke run of seconds: figures mean nothing. */
  readonly quick: boolean
  readonly servers: readonly ServerName[]
  /** Those that take minutes, and in which nothing is promised about the peers: the gateway alone, unless named. */
  readonly serversOfLongScenarios: readonly ServerName[]
  readonly scenarios: readonly ScenarioName[]
  /** Rounds over all servers in `fanout`, pairs of windows in `slow` and `fairness`. */
  readonly rounds: number | undefined
  /** Only cells of `fanout` with this many members, with this many messages in flight. */
  readonly members: number | undefined
  readonly inFlight: number | undefined
}

/** Reads the command line; throws, naming the flag, when it cannot. */
export function readFlags(args: string[]): Flags {
  const { values } = parseArgs({
    args,
    options: {
      quick: { type: 'boolean', default: false },
      only: { type: 'string', multiple: true },
      scenario: { type: 'string', multiple: true },
      rounds: { type: 'string' },
      members: { type: 'string' },
      'in-flight': { type: 'string' },
    },
  })
  return {
    quick: values.quick,
    servers: choose('--only', values.only, SERVER_NAMES),
    serversOfLongScenarios: choose('--only', values.only ?? ['gateway'], SERVER_NAMES),
    scenarios: choose('--scenario', values.scenario, SCENARIO_NAMES),
    rounds: positive('--rounds', values.rounds),
    members: positive('--members', values.members),
    inFlight: positive('--in-flight', values['in-flight']),
  }
}

/** @returns those of `all` that were given; all when none were. Throws, naming the flag, for others. */
export function choose<T extends string>(
  flag: string,
  given: readonly string[] | undefined,
  all: readonly T[],
): readonly T[] {
  const unknown = given?.find((name) => !all.some((known) => known === name))
  if (unknown !== undefined) throw new Error(`${flag} is one of ${all.join(', ')}, not ${unknown}`)
  return given === undefined ? all : all.filter((name) => given.includes(name))
}

function positive(flag: string, given: string | undefined): number | undefined {
  if (given === undefined) return undefined
  const value = Number(given)
  if (!Number.isInteger(value) || value < 1) throw new Error(`${flag} is a whole number above 0`)
  return value
}
