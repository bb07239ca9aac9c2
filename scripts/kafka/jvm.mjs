import { spawn } from 'node:child_process'
import { JVM_FLAGS } from './settings.mjs'

/** How much of its last output is kept for explanations, in characters. */
const OUTPUT_KEPT = 16_384
/** How long a JVM may take to end when it is asked to, in milliseconds; then it is killed. */
const GRACE_MS = 10_000

/**
 * Warnings and errors only, on standard error; Kafka’s request log, which holds what is said, is below that. Some classes warn of
 * every ordinary start and end.
 */
const LOG_FLAGS = [
  'defaultLogLevel=warn',
  'showThreadName=false',
  'log.org.apache.kafka.controller.QuorumController=error',
  'log.org.apache.kafka.clients.NetworkClient=error',
  'log.kafka.controller.RequestSendThread=error',
  'log.org.apache.zookeeper=error',
].map((setting) => `-Dorg.slf4j.simpleLogger.${setting}`)

/**
 * A running JVM.
 *
 * @typedef {object} Jvm
 * @property {number} pid
 * @property {Promise<number | null>} ended settles with its exit code.
 * @property {() => string} output the last of what it wrote.
 * @property {() => Promise<void>} stop asks it to end, and kills it when it does not.
 * @property {() => Promise<void>} kill ends it without asking.
 */

/**
 * Starts a class of Java.
 *
 * @param {import('./installation.mjs').Installation} installation
 * @param {readonly string[]} main the class and its arguments.
 * @param {object} options
 * @param {string} options.folder where it runs.
 * @param {Readonly<Record<string, string>> | undefined} [options.env] added to the environment.
 * @param {((text: string) => void) | undefined} [options.log] is given what it writes.
 * @returns {Jvm}
 */
export function startJvm({ java, classPath, flags }, main, { folder, env, log }) {
  const child = spawn(java, [...JVM_FLAGS, ...LOG_FLAGS, ...flags, '-cp', classPath, ...main], {
    cwd: folder,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    // Ctrl+C reaches us, and we tell it.
    detached: true,
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text) => {
      output = (output + text).slice(-OUTPUT_KEPT)
      log?.(text)
    })
  const ended = new Promise((resolve) => {
    child.once('error', ({ message }) => {
      output += message
      resolve(null)
    })
    child.once('close', resolve)
  })
  return {
    pid: child.pid ?? 0,
    ended,
    output: () => output,
    async stop() {
      child.kill('SIGTERM')
      const timer = setTimeout(() => child.kill('SIGKILL'), GRACE_MS)
      await ended
      clearTimeout(timer)
    },
    async kill() {
      child.kill('SIGKILL')
      await ended
    },
  }
}
