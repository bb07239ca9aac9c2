import { existsSync } from 'node:fs'
import { mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { startJvm } from './jvm.mjs'
import { isFree } from './ports.mjs'
import { whenReady } from './readiness.mjs'
import { asProperties, CLUSTER_ID } from './settings.mjs'

/** @typedef {import('./jvm.mjs').Jvm} Jvm */

/**
 * One process of a cluster, which can be started again.
 *
 * @typedef {object} Server
 * @property {() => Promise<void>} start
 * @property {(peers: readonly number[]) => Promise<void>} whenReady a broker: waits until it and its peers, given by their ports, are in
 *   service. Throws when it ends instead, with what it wrote.
 * @property {() => Promise<number | null>} ended settles when the process that runs now ends, with its exit code.
 * @property {() => string} output the last of what it wrote: warnings and errors.
 * @property {() => Promise<void>} stop ends it in good order.
 * @property {() => Promise<void>} kill ends it without asking, and keeps what it kept.
 * @property {() => Promise<void>} empty removes what it kept.
 */

/**
 * @param {import('./installation.mjs').Installation} installation
 * @param {object} options
 * @param {import('./memory-folder.mjs').MemoryFolder} options.folder
 * @param {string} options.name of its file of settings.
 * @param {string} options.main the class to run.
 * @param {import('./settings.mjs').Settings} options.settings
 * @param {string} options.dataDir
 * @param {number} [options.port] a broker's.
 * @param {readonly string[]} [options.format] what the tool that formats the log is told besides; undefined: nothing is formatted.
 * @param {Readonly<Record<string, string>>} [options.env] added to the process's environment.
 * @param {(text: string) => void} [options.log] is given what it writes.
 * @returns {Server}
 */
export function createServer(installation, { folder, name, main, settings, dataDir, port, format, env, log }) {
  const file = join(folder.path, `${name}.properties`)
  /** @type {Jvm | undefined} */
  let jvm

  async function formatLog() {
    const tool = startJvm(
      installation,
      ['kafka.tools.StorageTool', 'format', '--cluster-id', CLUSTER_ID, '--config', file, ...format],
      { folder: folder.path },
    )
    if ((await tool.ended) !== 0) throw new Error(`The log could not be formatted:\n${tool.output()}`)
  }

  return {
    async start() {
      if (port !== undefined && !(await isFree(port))) throw new Error(`Port ${port} is in use.`)
      await mkdir(dataDir, { recursive: true })
      await writeFile(file, asProperties(settings))
      if (format !== undefined && !existsSync(join(dataDir, 'meta.properties'))) await formatLog()
      jvm = startJvm(installation, [main, file], { folder: folder.path, env, log })
      folder.usedBy(jvm.pid, jvm.ended)
    },
    async whenReady(peers) {
      try {
        await whenReady(port, jvm.ended, peers)
      } catch (error) {
        await jvm.kill()
        throw new Error(`${error.message}\n${jvm.output()}`)
      }
    },
    ended: () => jvm.ended,
    output: () => jvm?.output() ?? '',
    stop: () => jvm?.stop(),
    kill: () => jvm?.kill(),
    empty: () => rm(dataDir, { recursive: true, force: true }),
  }
}
