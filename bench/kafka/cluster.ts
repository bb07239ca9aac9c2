import { NO_LIMITS_ENVIRONMENT } from '../../packages/server/src/limits/limits-config.ts'
import { type Broker, startBroker } from '../../scripts/kafka/broker.mjs'
import { ensureKafka } from '../../scripts/kafka/installation.mjs'
import { childNamed } from '../support/processor.ts'
import { type ServerProcess, startGateway } from '../support/server-process.ts'
import type { Flags } from './flags.ts'

/** What the gateways have in common; rooms are named on the broker with it. */
export const SECRET = 'known to the gateways of this benchmark'
/** How many shards the topics have that a gateway makes. */
export const SHARDS = 64

/** A broker with its log in memory, and gateways on it, all on this machine. */
export interface Cluster {
  readonly brokers: string
  readonly brokerPid: number
  /** Starts another gateway, with the limits it comes with. */
  gateway(): Promise<ServerProcess>
}

/** A broker that stays has its code compiled well; those that are to start soon are content with less. */
const STAYS = '-XX:TieredStopAtLevel=4'

const say = (text: string): void => void process.stderr.write(`${text}\n`)

/** Gives `measure` a new broker, and ends it and all gateways afterwards. */
export async function withCluster<T>(flags: Flags, measure: (cluster: Cluster) => Promise<T>): Promise<T> {
  const installation = await ensureKafka({ say })
  const lasting = { ...installation, flags: [...installation.flags, STAYS] }
  const broker = await startBroker(lasting, { settings: flags.brokerSettings })
  const gateways: ServerProcess[] = []
  try {
    return await measure({
      brokers: broker.brokers,
      brokerPid: childNamed('java'),
      async gateway() {
        const gateway = await startGateway(settingsFor(broker), nodeFlagsFor(flags))
        gateways.push(gateway)
        return gateway
      },
    })
  } finally {
    await Promise.all(gateways.map((gateway) => gateway.stop()))
    await broker.stop()
  }
}

const settingsFor = ({ brokers }: Broker) => ({
  ...NO_LIMITS_ENVIRONMENT,
  KAFKA_BROKERS: brokers,
  WR_SECRET: SECRET,
  WR_LOG_LEVEL: 'warn',
})

function nodeFlagsFor({ profileFolder }: Flags): string[] {
  return profileFolder === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${profileFolder}`]
}
