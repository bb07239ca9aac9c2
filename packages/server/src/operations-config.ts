import {
  ConfigError,
  type Environment,
  orNothing,
  readAll,
  reader,
  secretValue,
  textOrNothing,
  variable,
  wholeNumber,
} from './environment.ts'
import { weaknessOf } from './secret-strength.ts'

/** Where `/metrics` is served, and to whom. */
export interface MetricsConfig {
  /** `undefined`: on the port of everything else, behind the token. */
  readonly port: number | undefined
  /** What whoever asks must show as a bearer token; `undefined`: nothing. */
  readonly token: string | undefined
}

const SHORTEST_TOKEN = 16

export const OPERATIONS_VARIABLES = {
  WR_DRAIN_SECONDS: variable(
    'How long ending may take, in seconds: members are sent away in batches meanwhile',
    '20',
    wholeNumber(0, 3_600, 'seconds'),
  ),
  WR_METRICS_PORT: variable(
    'A port of its own for /metrics, at the address of HOST; 0 takes a free one',
    '',
    orNothing(wholeNumber(0, 65_535)),
  ),
  WR_METRICS_TOKEN: variable(
    'The bearer token that /metrics asks for; without it and WR_METRICS_PORT there is no /metrics',
    '',
    orNothing(token),
  ),
  WR_METRICS_TOKEN_FILE: variable('A file with that token', '', textOrNothing),
} as const

function token(text: string): string {
  // RFC 6750, section 2.1.
  if (text.length < SHORTEST_TOKEN || !/^[\w.~+/-]+=*$/.test(text))
    throw new Error(`must have at least ${SHORTEST_TOKEN} characters of A-Z a-z 0-9 - . _ ~ + /`)
  const weakness = weaknessOf(text)
  if (weakness !== undefined) throw new Error(weakness)
  return text
}

function portOf(environment: Environment, mainPort: () => number): number | undefined {
  const port = reader(environment, OPERATIONS_VARIABLES).value('WR_METRICS_PORT')
  if (port !== undefined && port !== 0 && port === mainPort())
    throw new ConfigError('WR_METRICS_PORT must not be PORT: leave it empty, and set WR_METRICS_TOKEN')
  return port
}

/**
 * @returns `undefined` when `/metrics` is not served.
 * @throws ConfigError
 */
export function readMetricsConfig(environment: Environment, mainPort: () => number): MetricsConfig | undefined {
  const { port, token } = readAll({
    port: () => portOf(environment, mainPort),
    token: () => secretValue(environment, 'WR_METRICS_TOKEN', OPERATIONS_VARIABLES.WR_METRICS_TOKEN),
  })
  return port === undefined && token === undefined ? undefined : Object.freeze({ port, token })
}
