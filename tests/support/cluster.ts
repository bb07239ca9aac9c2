import { startGateway, type TestGateway } from './gateway.ts'

/** Gateways on one Kafka, each on a port that stays its own. */
export interface Cluster {
  /** Where they are, those that are down included. */
  readonly urls: readonly string[]
  /** Ends one without asking. */
  kill(index: number): Promise<void>
  /** Asks one to end, as a deploy does. @returns its exit code. */
  stop(index: number): Promise<number | null>
  startAgain(index: number): Promise<void>
  killAll(): Promise<void>
  /** The last that each of them wrote, since it was last started. */
  lastWords(): string
}

/** Lines of a gateway's output that are told when a test has failed. */
const LAST_LINES = 20

/** Beside the load of a test a start may take longer than is waited for it once. */
const MOST_STARTS = 3

async function startPatiently(environment: Readonly<Record<string, string>>, starts = 1): Promise<TestGateway> {
  try {
    return await startGateway(environment)
  } catch (error) {
    if (starts >= MOST_STARTS) throw error
    return startPatiently(environment, starts + 1)
  }
}

/** Starts two gateways, and waits until they listen. */
export async function startCluster(brokers: string): Promise<Cluster> {
  const settings = { KAFKA_BROKERS: brokers, WR_SECRET: 'what both gateways know and nobody else' }
  const gateways = await Promise.all([startPatiently(settings), startPatiently(settings)])
  const urls = gateways.map(({ url }) => url)

  function at(index: number): TestGateway {
    const gateway = gateways[index]
    if (gateway === undefined) throw new RangeError('there is no such gateway')
    return gateway
  }

  return {
    urls,
    kill: (index) => at(index).kill(),
    stop: (index) => at(index).stop(),
    async startAgain(index) {
      gateways[index] = await startPatiently({ ...settings, PORT: String(at(index).port) })
    },
    async killAll() {
      await Promise.all(gateways.map((gateway) => gateway.kill()))
    },
    lastWords: () => gateways.map((gateway) => [gateway.url, ...lastLines(gateway.output())].join('\n')).join('\n'),
  }
}

const lastLines = (output: string): string[] => output.trimEnd().split('\n').slice(-LAST_LINES)
