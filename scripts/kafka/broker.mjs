import { join } from 'node:path'
import { kraftCluster, zookeeperCluster } from './cluster.mjs'
import { createMemoryFolder } from './memory-folder.mjs'

/**
 * A broker, or several that are one cluster, with their logs in memory.
 *
 * @typedef {object} Broker
 * @property {string} brokers such as `127.0.0.1:9092`; of several, separated by commas.
 * @property {import('./cluster.mjs').Secured | undefined} secured with `security`: the listeners that speak TLS.
 * @property {string} logDir where the partitions are; of several brokers, in folders of their own.
 * @property {() => Promise<number | null>} ended settles when one of the brokers that run now ends, with its exit code.
 * @property {() => string} output the last of what the brokers wrote: warnings and errors.
 * @property {() => Promise<void>} stop ends it in good order, and removes all it kept.
 * @property {() => Promise<void>} kill ends it without asking, and keeps what it kept.
 * @property {(options?: { empty?: boolean }) => Promise<void>} startAgain after `kill`: on the same port, with what it kept or with nothing.
 *   Not with ZooKeeper.
 * @property {(id: number) => Promise<void>} killNode `kill`, of one of several brokers. Their ids count from 1.
 * @property {(id: number) => Promise<void>} startNode after `killNode`, with what it kept.
 */

/**
 * @typedef {object} Options
 * @property {number} [port] without it, a free one.
 * @property {boolean} [zookeeper] The installation is that of such a release.
 * @property {number} [nodes] how many brokers; with more than one, their controller is a process of its own. Not with ZooKeeper.
 * @property {import('./security.mjs').Security} [security] adds listeners that speak TLS, to the one broker there is. Not with ZooKeeper.
 * @property {import('./settings.mjs').Settings} [settings] of the brokers, in place of ours.
 * @property {Readonly<Record<string, string>>} [env] added to the environment of the processes.
 * @property {(text: string) => void} [log] is given what it writes.
 */

/**
 * Starts a broker and waits until it is ready. When this process ends in whatever way, the broker ends too, and nothing of it remains.
 *
 * @param {import('./installation.mjs').Installation} installation
 * @param {Options} [options]
 * @returns {Promise<Broker>}
 * @throws when it does not get ready, with what it wrote.
 */
export async function startBroker(installation, options = {}) {
  const folder = await createMemoryFolder()
  try {
    const logDir = join(folder.path, 'log')
    const cluster = await (options.zookeeper ? zookeeperCluster : kraftCluster)(installation, {
      folder,
      logDir,
      ...options,
    })
    const broker = asBroker(cluster, { folder, logDir, canStartAgain: !options.zookeeper })
    await broker.startAll()
    return broker
  } catch (error) {
    await folder.remove()
    throw error
  }
}

/**
 * @param {import('./cluster.mjs').Cluster} cluster
 * @returns {Broker & { startAll: () => Promise<void> }}
 */
function asBroker({ nodes, controller, secured }, { folder, logDir, canStartAgain }) {
  const ports = [...nodes.keys()]
  const brokers = [...nodes.values()]
  const all = controller === undefined ? brokers : [...brokers, controller]
  /** @type {Set<number>} */
  const running = new Set()

  /** @param {readonly number[]} starting */
  async function start(starting) {
    await Promise.all(starting.map((port) => nodes.get(port).start()))
    for (const port of starting) running.add(port)
    await Promise.all(starting.map((port) => nodes.get(port).whenReady([...running])))
  }

  async function kill() {
    running.clear()
    await Promise.all(all.map((server) => server.kill()))
  }

  async function startAll() {
    try {
      await controller?.start()
      await start(ports)
    } catch (error) {
      await kill()
      throw error
    }
  }

  /** @param {number} id */
  function portOf(id) {
    const port = ports[id - 1]
    if (port === undefined) throw new Error(`There is no broker ${id}.`)
    return port
  }

  return {
    brokers: ports.map((port) => `127.0.0.1:${port}`).join(','),
    secured,
    logDir,
    ended: () => Promise.race(brokers.map((server) => server.ended())),
    output: () => brokers.map((server) => server.output()).join(''),
    async stop() {
      running.clear()
      await Promise.all(brokers.map((server) => server.stop()))
      // Brokers say goodbye to their controller, which has to be there for that.
      await controller?.stop()
      await folder.remove()
    },
    kill,
    startAll,
    async startAgain({ empty = false } = {}) {
      if (!canStartAgain) throw new Error('ZooKeeper takes the killed broker for alive, and would not let it in.')
      if (empty) await Promise.all(all.map((server) => server.empty()))
      await startAll()
    },
    async killNode(id) {
      running.delete(portOf(id))
      await nodes.get(portOf(id)).kill()
    },
    startNode: (id) => start([portOf(id)]),
  }
}
