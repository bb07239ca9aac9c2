import { join } from 'node:path'
import { makeCertificates } from './certificates.mjs'
import { freePorts } from './ports.mjs'
import { scramUsers, securityOf } from './security.mjs'
import { createServer } from './server.mjs'
import {
  CONTROLLER_ID,
  controllerSettings,
  kraftSettings,
  zookeeperBrokerSettings,
  zookeeperSettings,
} from './settings.mjs'

/** @typedef {import('./server.mjs').Server} Server */

/**
 * The listeners that speak TLS.
 *
 * @typedef {object} Secured
 * @property {string} saslSsl such as `localhost:40123`: TLS, and a user of SASL.
 * @property {string} ssl TLS, and a client's certificate.
 * @property {string} ca PEM: who signed the broker's certificate, and must have signed a client's.
 * @property {import('./certificates.mjs').Identity} client a client's certificate.
 */

/**
 * @typedef {object} Cluster
 * @property {ReadonlyMap<number, Server>} nodes the brokers, by their ports.
 * @property {Server | undefined} controller where it is a process of its own.
 * @property {Secured | undefined} secured
 */

/**
 * A cluster of brokers and their controller, which is the broker itself where there is one only.
 *
 * @returns {Promise<Cluster>}
 */
export async function kraftCluster(installation, { folder, logDir, port, nodes = 1, security, settings, env, log }) {
  if (security && nodes > 1) throw new Error('Only a single broker can be secured.')
  const [controllerPort, saslPort, sslPort, ...free] = await freePorts(3 + nodes)
  const ports = free.map((each, index) => (index === 0 && port !== undefined ? port : each))
  const certificates = security && (await makeCertificates(folder.path))
  const secure = security && securityOf(security, { sslPort, saslPort, certificates })
  const common = { folder, main: 'kafka.Kafka', format: security ? scramUsers(security.users) : [], env, log }
  const controllerId = nodes === 1 ? 1 : CONTROLLER_ID
  const dataDirOf = (name) => (nodes === 1 ? logDir : join(logDir, name))

  function node(port, id) {
    const dataDir = dataDirOf(`${id}`)
    const plain = kraftSettings({ id, controllerId, port, controllerPort, logDir: dataDir })
    const secured = secure && {
      ...secure.settings,
      listeners: `${plain.listeners},${secure.listeners}`,
      'advertised.listeners': `${plain['advertised.listeners']},${secure.advertised}`,
    }
    const all = { ...plain, ...secured, ...settings }
    return createServer(installation, { ...common, name: `broker-${id}`, settings: all, dataDir, port })
  }

  function controller() {
    const dataDir = dataDirOf('controller')
    const own = controllerSettings({ controllerPort, logDir: dataDir })
    return createServer(installation, { ...common, name: 'controller', settings: own, dataDir })
  }

  return {
    nodes: new Map(ports.map((each, index) => [each, node(each, index + 1)])),
    controller: nodes === 1 ? undefined : controller(),
    secured: certificates && {
      saslSsl: `localhost:${saslPort}`,
      ssl: `localhost:${sslPort}`,
      ca: certificates.ca,
      client: certificates.client,
    },
  }
}

/**
 * A broker, and the ZooKeeper its controller lives in.
 *
 * @returns {Promise<Cluster>}
 */
export async function zookeeperCluster(installation, { folder, logDir, port: wanted, settings, env, log }) {
  const [zookeeperPort, free] = await freePorts(2)
  const port = wanted ?? free
  const common = { folder, env, log }
  const dataDir = join(folder.path, 'zookeeper')
  const broker = createServer(installation, {
    ...common,
    name: 'broker',
    main: 'kafka.Kafka',
    settings: { ...zookeeperBrokerSettings({ port, zookeeperPort, logDir }), ...settings },
    dataDir: logDir,
    port,
  })
  const controller = createServer(installation, {
    ...common,
    name: 'zookeeper',
    main: 'org.apache.zookeeper.server.quorum.QuorumPeerMain',
    settings: zookeeperSettings({ port: zookeeperPort, dataDir }),
    dataDir,
  })
  return { nodes: new Map([[port, broker]]), controller, secured: undefined }
}
