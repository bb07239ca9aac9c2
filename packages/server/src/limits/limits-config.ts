import {
  type Environment,
  listOf,
  type Reader,
  readAll,
  reader,
  refuse,
  variable,
  wholeNumber,
} from '../environment.ts'
import { isNetwork } from './address.ts'

/** What clients are held to, so that none of them harms the others. Rates are per second unless said otherwise; 0: no limit. */
export interface LimitsConfig {
  /** What one connection may say: messages and the like, and how many at once. */
  readonly messages: number
  readonly burst: number
  /** Bytes of frames of one connection. */
  readonly bytes: number
  /** Messages of one member over all their sockets, of one address, and into one room. */
  readonly session: number
  readonly address: number
  readonly room: number
  readonly connectionsPerAddress: number
  readonly connections: number
  /** New connections of one address, and of all. */
  readonly upgrades: number
  readonly upgradesTotal: number
  /** Rooms that one address makes, per minute. */
  readonly rooms: number
  readonly members: number
  /** Points of abuse at which a connection is closed. */
  readonly abuse: number
  /** Bytes that the logs of all rooms may take together. */
  readonly memory: number
  /** Addresses and networks of the proxies whose X-Forwarded-For is believed. */
  readonly trustedProxies: readonly string[]
}

const count = wholeNumber(0, 1_000_000)
const NETWORKS = listOf(isNetwork, 'addresses or networks such as 10.0.0.0/8')

export const LIMITS_VARIABLES = {
  WR_RATE_MESSAGES: variable('Messages per second of one connection; 0, here and below: no limit', '10', count),
  WR_RATE_BURST: variable('Messages of one connection at once', '20', wholeNumber(1, 1_000_000)),
  WR_RATE_BYTES: variable(
    'Bytes per second of one connection; four times as many at once',
    '65536',
    wholeNumber(0, 2 ** 40),
  ),
  WR_RATE_SESSION: variable('Messages per second of one member, over all their connections', '15', count),
  WR_RATE_ADDRESS: variable('Messages per second of one address (of IPv6: of a /64)', '100', count),
  WR_RATE_ROOM: variable('Messages per second into one room', '500', count),
  WR_RATE_UPGRADES: variable('New connections per second of one address', '20', count),
  WR_RATE_UPGRADES_TOTAL: variable('New connections per second of all addresses', '1000', count),
  WR_RATE_ROOMS: variable('Rooms per minute that one address may make', '30', count),
  WR_MAX_CONNECTIONS: variable('Connections of all addresses, of whatever kind', '0', count),
  WR_MAX_CONNECTIONS_PER_ADDRESS: variable(
    'Connections of one address, event streams and plain requests among them',
    '250',
    count,
  ),
  WR_MAX_MEMBERS: variable('Members of one room', '2000', count),
  WR_MAX_ABUSE: variable(
    'Points for broken frames and the like at which a connection is closed; who comes near is read more slowly',
    '100',
    count,
  ),
  WR_MEMORY_LIMIT: variable(
    'Memory the messages of all rooms may take, in bytes',
    '1073741824',
    wholeNumber(0, 2 ** 50),
  ),
  WR_TRUSTED_PROXIES: variable(
    'Proxies whose X-Forwarded-For is believed: addresses and networks, separated by commas',
    '',
    proxiesOf,
  ),
} as const

type LimitsReader = Reader<keyof typeof LIMITS_VARIABLES, typeof LIMITS_VARIABLES>

/** @throws ConfigError for a variable that is out of its range, and for those that contradict each other. */
export function readLimitsConfig(environment: Environment): LimitsConfig {
  const variables = reader(environment, LIMITS_VARIABLES)
  const { limits } = readAll({ limits: () => limitsOf(variables) }, [() => checkConnections(variables)])
  return Object.freeze(limits)
}

function checkConnections({ isSet, value }: LimitsReader): void {
  if (!isSet('WR_MAX_CONNECTIONS') || !isSet('WR_MAX_CONNECTIONS_PER_ADDRESS')) return
  const all = value('WR_MAX_CONNECTIONS')
  if (all > 0 && all < value('WR_MAX_CONNECTIONS_PER_ADDRESS'))
    refuse('WR_MAX_CONNECTIONS must not be below WR_MAX_CONNECTIONS_PER_ADDRESS')
}

/** Were everybody a proxy, everybody could say to be anybody. */
function proxiesOf(text: string): readonly string[] {
  const proxies = NETWORKS(text)
  if (proxies.some((one) => /\/0+$/.test(one))) throw new Error('must not trust every address (/0)')
  return proxies
}

function limitsOf({ value }: LimitsReader): LimitsConfig {
  return {
    messages: value('WR_RATE_MESSAGES'),
    burst: value('WR_RATE_BURST'),
    bytes: value('WR_RATE_BYTES'),
    session: value('WR_RATE_SESSION'),
    address: value('WR_RATE_ADDRESS'),
    room: value('WR_RATE_ROOM'),
    connectionsPerAddress: value('WR_MAX_CONNECTIONS_PER_ADDRESS'),
    connections: value('WR_MAX_CONNECTIONS'),
    upgrades: value('WR_RATE_UPGRADES'),
    upgradesTotal: value('WR_RATE_UPGRADES_TOTAL'),
    rooms: value('WR_RATE_ROOMS'),
    members: value('WR_MAX_MEMBERS'),
    abuse: value('WR_MAX_ABUSE'),
    memory: value('WR_MEMORY_LIMIT'),
    trustedProxies: value('WR_TRUSTED_PROXIES'),
  }
}

/** No limits: for tests and benchmarks that go beyond them. */
export const NO_LIMITS: LimitsConfig = {
  messages: 0,
  burst: 1,
  bytes: 0,
  session: 0,
  address: 0,
  room: 0,
  connectionsPerAddress: 0,
  connections: 0,
  upgrades: 0,
  upgradesTotal: 0,
  rooms: 0,
  members: 0,
  abuse: 0,
  memory: 0,
  trustedProxies: [],
}

/** The same, as the environment that makes it. */
export const NO_LIMITS_ENVIRONMENT: Readonly<Record<string, string>> = {
  WR_RATE_MESSAGES: '0',
  WR_RATE_BYTES: '0',
  WR_RATE_SESSION: '0',
  WR_RATE_ADDRESS: '0',
  WR_RATE_ROOM: '0',
  WR_RATE_UPGRADES: '0',
  WR_RATE_UPGRADES_TOTAL: '0',
  WR_RATE_ROOMS: '0',
  WR_MAX_CONNECTIONS: '0',
  WR_MAX_CONNECTIONS_PER_ADDRESS: '0',
  WR_MAX_MEMBERS: '0',
  WR_MAX_ABUSE: '0',
  WR_MEMORY_LIMIT: '0',
}
