import { existsSync } from 'node:fs'
import { mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { startJvm } from './jvm.mjs'
import { createMemoryFolder } from './memory-folder.mjs'
import { freePorts, isFree } from './ports.mjs'
import { whenReady } from './readiness.mjs'
import { CLUSTER_ID, kraftSettings, zookeeperBrokerSettings, zookeeperSettings } from './settings.mjs'

/** @typedef {import('./jvm.mjs').Jvm} Jvm */

/**
 * A single-node broker, its log in memory.
 *
 * @typedef {object} Broker
 * @property {string} brokers such as `127.0.0.1:9092`.
 * @property {string} logDir where the partitions are.
 * @property {() => Promise<number | null>} ended settles when the broker that runs now ends, with its exit code.
 * @property {() => string} output the last of what the broker wrote: warnings and errors.
 * @property {() => Promise<void>} stop ends it in good order, and removes all it kept.
 * @property {() => Promise<void>} kill ends it without asking, and keeps what it kept.
 * @property {(options?: { empty?: boolean }) => Promise<void>} startAgain after `kill`: on the same port, with what it kept or with nothing.
 *   Not with ZooKeeper.
 */

/**
 * Starts a broker and waits until it is ready. When this process ends in whatever way, the broker ends too, and nothing of it remains.
 *
 * @param {import('./installation.mjs').Installation} installation
 * @param {{ port?: number, zookeeper?: boolean, log?: (text: string) => void }} [options] without a `port` it takes a free one;
 *   `log` is given what it writes. With `zookeeper` the installation is that of such a release.
 * @returns {Promise<Broker>}
 * @throws when it does not get ready, with what it wrote.
 */
export async function startBroker(installation, { port: wanted, zookeeper = false, log } = {}) {
  const [free, controllerPort] = await freePorts(2)
  const port = wanted ?? free
  const folder = await createMemoryFolder()
  const logDir = join(folder.path, 'log')
  const settingsFile = join(folder.path, 'server.properties')
  const settings = zookeeper
    ? zookeeperBrokerSettings({ port, zookeeperPort: controllerPort, logDir })
    : kraftSettings({ port, controllerPort, logDir })

  /** @type {Jvm | undefined} */
  let broker
  /** @type {Jvm | undefined} */
  let controller

  /** @param {readonly string[]} main a class and its arguments. */
  function launch(...main) {
    const jvm = startJvm(installation, main, { folder: folder.path, log })
    folder.usedBy(jvm.pid, jvm.ended)
    return jvm
  }

  async function start() {
    if (!(await isFree(port))) throw new Error(`Port ${port} is in use.`)
    await mkdir(logDir, { recursive: true })
    await writeFile(settingsFile, settings)
    if (zookeeper) await startZooKeeper()
    else if (!existsSync(join(logDir, 'meta.properties'))) await format()
    broker = launch('kafka.Kafka', settingsFile)
    try {
      await whenReady(port, broker.ended)
    } catch (error) {
      await kill()
      throw new Error(`${error.message}\n${broker.output()}`)
    }
  }

  async function format() {
    const main = ['kafka.tools.StorageTool', 'format', '--cluster-id', CLUSTER_ID, '--config', settingsFile]
    const tool = startJvm(installation, main, { folder: folder.path })
    if ((await tool.ended) !== 0) throw new Error(`The log could not be formatted:\n${tool.output()}`)
  }

  async function startZooKeeper() {
    const file = join(folder.path, 'zookeeper.properties')
    await writeFile(file, zookeeperSettings({ port: controllerPort, dataDir: join(folder.path, 'zookeeper') }))
    controller = launch('org.apache.zookeeper.server.quorum.QuorumPeerMain', file)
  }

  async function kill() {
    await Promise.all([broker?.kill(), controller?.kill()])
  }

  try {
    await start()
  } catch (error) {
    await folder.remove()
    throw error
  }
  return {
    brokers: `127.0.0.1:${port}`,
    logDir,
    ended: () => broker.ended,
    output: () => broker.output(),
    async stop() {
      // It says goodbye to its controller, which has to be there for that.
      await broker.stop()
      await controller?.stop()
      await folder.remove()
    },
    kill,
    async startAgain({ empty = false } = {}) {
      if (zookeeper) throw new Error('ZooKeeper takes the killed broker for alive, and would not let it in.')
      if (empty) await rm(logDir, { recursive: true, force: true })
      await start()
    },
  }
}
