/** @typedef {Readonly<Record<string, string | number | boolean>>} Settings as `server.properties` has them. */

/** Any will do: nobody else's nodes are in a cluster of ours. */
export const CLUSTER_ID = 'WhisperRoomsOneBrokerA'

/** The node that is the controller where there are several brokers. */
export const CONTROLLER_ID = 100

/** For two cores, a small heap and a short life. */
export const JVM_FLAGS = [
  '-Xms512m',
  '-Xmx512m',
  '-XX:+UseSerialGC',
  '-XX:TieredStopAtLevel=1',
  // Nothing of the heap reaches a disk: no counters in /tmp, no core, no crash report in the folder it runs in.
  '-XX:-UsePerfData',
  '-XX:-CreateCoredumpOnCrash',
  '-XX:+ErrorFileToStderr',
  '-Djava.awt.headless=true',
]

/** So that whatever a topic lets go of is gone within seconds. A broker in production needs these. */
const ERASURE = {
  'log.retention.check.interval.ms': 1000,
  'log.segment.delete.delay.ms': 0,
  'log.cleaner.backoff.ms': 1000,
  'log.cleaner.dedupe.buffer.size': 16_777_216,
  'log.cleaner.threads': 1,
}

/** So that a broker is ready soon, and may be alone. */
const SMALL_AND_QUICK = {
  'offsets.topic.replication.factor': 1,
  'transaction.state.log.replication.factor': 1,
  'transaction.state.log.min.isr': 1,
  'auto.create.topics.enable': false,
  'offsets.topic.num.partitions': 1,
  'transaction.state.log.num.partitions': 1,
  'log.index.size.max.bytes': 65_536,
  'group.initial.rebalance.delay.ms': 0,
  'num.network.threads': 2,
  'num.io.threads': 4,
}

/**
 * One node of a cluster.
 *
 * @param {{ id: number, roles: string, controllerId: number, controllerPort: number, logDir: string }} node
 */
const kraftNode = ({ id, roles, controllerId, controllerPort, logDir }) => ({
  'process.roles': roles,
  'node.id': id,
  'controller.quorum.voters': `${controllerId}@127.0.0.1:${controllerPort}`,
  'controller.listener.names': 'CONTROLLER',
  'listener.security.protocol.map': 'CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT,SSL:SSL,SASL_SSL:SASL_SSL',
  'log.dirs': logDir,
  'share.coordinator.state.topic.replication.factor': 1,
  'share.coordinator.state.topic.num.partitions': 1,
  // A broker that was killed is let in again once its session is over.
  'broker.heartbeat.interval.ms': 500,
  'broker.session.timeout.ms': 3000,
})

const controllerListener = (controllerPort) => `CONTROLLER://127.0.0.1:${controllerPort}`

/**
 * A broker: its own controller, unless `controllerId` is another node.
 *
 * @param {{ id?: number, controllerId?: number, port: number, controllerPort: number, logDir: string, host?: string }} options
 *   `host` is the address it listens on.
 * @returns {Settings}
 */
export function kraftSettings({ id = 1, controllerId = id, port, controllerPort, logDir, host = '127.0.0.1' }) {
  const isController = controllerId === id
  const listener = `PLAINTEXT://${host}:${port}`
  return {
    ...kraftNode({ id, roles: isController ? 'broker,controller' : 'broker', controllerId, controllerPort, logDir }),
    listeners: isController ? `${listener},${controllerListener(controllerPort)}` : listener,
    'advertised.listeners': `PLAINTEXT://127.0.0.1:${port}`,
    'log.initial.task.delay.ms': 0,
    ...ERASURE,
    ...SMALL_AND_QUICK,
  }
}

/**
 * A controller that is no broker.
 *
 * @param {{ controllerPort: number, logDir: string }} options
 * @returns {Settings}
 */
export function controllerSettings({ controllerPort, logDir }) {
  return {
    ...kraftNode({ id: CONTROLLER_ID, roles: 'controller', controllerId: CONTROLLER_ID, controllerPort, logDir }),
    listeners: controllerListener(controllerPort),
    ...SMALL_AND_QUICK,
  }
}

/**
 * A broker whose controller lives in ZooKeeper.
 *
 * @param {{ port: number, zookeeperPort: number, logDir: string }} options
 * @returns {Settings}
 */
export function zookeeperBrokerSettings({ port, zookeeperPort, logDir }) {
  return {
    'broker.id': 1,
    'zookeeper.connect': `127.0.0.1:${zookeeperPort}`,
    'zookeeper.session.timeout.ms': 3000,
    listeners: `PLAINTEXT://127.0.0.1:${port}`,
    'log.dirs': logDir,
    ...ERASURE,
    ...SMALL_AND_QUICK,
  }
}

/**
 * @param {{ port: number, dataDir: string }} options
 * @returns {Settings} of ZooKeeper.
 */
export function zookeeperSettings({ port, dataDir }) {
  return {
    dataDir,
    clientPort: port,
    clientPortAddress: '127.0.0.1',
    tickTime: 500,
    maxClientCnxns: 0,
    'admin.enableServer': false,
  }
}

/**
 * @param {Settings} settings
 * @returns {string} them as the content of a file.
 */
export function asProperties(settings) {
  const escaped = (value) => String(value).replaceAll('\\', '\\\\').replaceAll('\n', '\\n')
  return Object.entries(settings)
    .map(([name, value]) => `${name}=${escaped(value)}\n`)
    .join('')
}
