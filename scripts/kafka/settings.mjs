/** Any will do: a broker is alone in its cluster. */
export const CLUSTER_ID = 'WhisperRoomsOneBrokerA'

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

/**
 * What every broker of ours is told, so that whatever a topic lets go of is gone within seconds, and a broker is ready soon. A
 * broker in production needs the lines under "Erasure".
 */
const COMMON = `
# Erasure
log.retention.check.interval.ms=1000
log.segment.delete.delay.ms=0
log.cleaner.backoff.ms=1000
log.cleaner.dedupe.buffer.size=16777216
log.cleaner.threads=1

# One node
offsets.topic.replication.factor=1
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1

# Small and quick
auto.create.topics.enable=false
offsets.topic.num.partitions=1
transaction.state.log.num.partitions=1
log.index.size.max.bytes=65536
group.initial.rebalance.delay.ms=0
num.network.threads=2
num.io.threads=4
`

/**
 * A broker that is its own controller.
 *
 * @param {{ port: number, controllerPort: number, logDir: string, host?: string }} options `host` is the address it listens on.
 * @returns {string} the content of `server.properties`.
 */
export function kraftSettings({ port, controllerPort, logDir, host = '127.0.0.1' }) {
  return `process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:${controllerPort}
listeners=PLAINTEXT://${host}:${port},CONTROLLER://127.0.0.1:${controllerPort}
advertised.listeners=PLAINTEXT://127.0.0.1:${port}
controller.listener.names=CONTROLLER
listener.security.protocol.map=CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT
log.dirs=${logDir}
log.initial.task.delay.ms=0
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.num.partitions=1
# A broker that was killed is let in again once its session is over.
broker.heartbeat.interval.ms=500
broker.session.timeout.ms=3000
${COMMON}`
}

/**
 * A broker whose controller lives in ZooKeeper.
 *
 * @param {{ port: number, zookeeperPort: number, logDir: string }} options
 * @returns {string} the content of `server.properties`.
 */
export function zookeeperBrokerSettings({ port, zookeeperPort, logDir }) {
  return `broker.id=1
zookeeper.connect=127.0.0.1:${zookeeperPort}
zookeeper.session.timeout.ms=3000
listeners=PLAINTEXT://127.0.0.1:${port}
log.dirs=${logDir}
${COMMON}`
}

/**
 * @param {{ port: number, dataDir: string }} options
 * @returns {string} the content of `zookeeper.properties`.
 */
export function zookeeperSettings({ port, dataDir }) {
  return `dataDir=${dataDir}
clientPort=${port}
clientPortAddress=127.0.0.1
tickTime=500
maxClientCnxns=0
admin.enableServer=false
`
}
