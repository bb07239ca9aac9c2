import { spawn } from 'node:child_process'
import { outputOf } from './output-of.mjs'
import { isFree } from './ports.mjs'
import { whenReady } from './readiness.mjs'
import { asProperties, CLUSTER_ID, JVM_FLAGS, kraftSettings } from './settings.mjs'

const IMAGE = 'apache/kafka:4.3.1'
const LOG_DIR = '/kafka/log'
const CONTROLLER_PORT = 19_093
/** How long the broker may take to end when it is asked to, in milliseconds; then it is killed. */
const GRACE_MS = 10_000

/** The image logs with Log4j, to files of its own unless told otherwise. */
const LOGGING = `appender.console.type=Console
appender.console.name=console
rootLogger.level=warn
rootLogger.appenderRef.console.ref=console
`

/** Format, then run, until there is no more input, which comes when we end in whatever way. The folder is in the container's memory. */
const SCRIPT = `set -ef
exec 3<&0
{ cat <&3 > /dev/null; while kill 1; do sleep 1; done; } &
cd /kafka
printf %s "$SETTINGS" > server.properties
printf %s "$LOGGING" > log4j2.properties
start="java $FLAGS -Dlog4j2.configurationFile=/kafka/log4j2.properties -cp /opt/kafka/libs/*"
$start kafka.tools.StorageTool format --cluster-id ${CLUSTER_ID} --config server.properties
exec $start kafka.Kafka server.properties`

/**
 * @param {(text: string) => void} say
 * @returns {Promise<boolean>} whether a Docker engine answers and has the image, or can bring it.
 */
export async function hasDocker(say) {
  if ((await outputOf('docker', ['info'], { quietly: true })) === undefined) return false
  if ((await outputOf('docker', ['image', 'inspect', IMAGE], { quietly: true })) !== undefined) return true
  say(`Pulling ${IMAGE}, once …`)
  return (await outputOf('docker', ['pull', '--quiet', IMAGE])) !== undefined
}

/**
 * Starts a broker in a container and waits until it is ready. Its log is in the container's memory, and goes with it.
 *
 * @param {{ port: number, log: (text: string) => void }} options
 * @returns {Promise<{ brokers: string, logDir: string, ended: () => Promise<number | null>, stop: () => Promise<void> }>}
 */
export async function startDockerBroker({ port, log }) {
  if (!(await isFree(port))) throw new Error(`Port ${port} is in use.`)
  const name = `whisperrooms-kafka-${process.pid}`
  const variables = {
    SETTINGS: asProperties(kraftSettings({ port, controllerPort: CONTROLLER_PORT, logDir: LOG_DIR, host: '0.0.0.0' })),
    LOGGING,
    FLAGS: JVM_FLAGS.join(' '),
  }
  const container = spawn(
    'docker',
    [
      ...['run', '--rm', '--interactive', '--name', name],
      ...['--publish', `127.0.0.1:${port}:${port}`, '--tmpfs', '/kafka:rw,mode=1777'],
      ...Object.keys(variables).flatMap((variable) => ['--env', variable]),
      ...['--entrypoint', '/bin/bash', IMAGE, '-c', SCRIPT],
    ],
    // In a session of its own: Ctrl+C reaches us, and we tell it.
    { detached: true, stdio: ['pipe', 'pipe', 'pipe'], env: { ...process.env, ...variables } },
  )
  for (const stream of [container.stdout, container.stderr]) stream.setEncoding('utf8').on('data', log)
  const ended = new Promise((resolve) => container.once('close', resolve))
  const stop = async () => {
    container.stdin.end()
    const timer = setTimeout(() => void outputOf('docker', ['kill', name], { quietly: true }), GRACE_MS)
    await ended
    clearTimeout(timer)
  }
  try {
    await whenReady(port, ended)
  } catch (error) {
    await stop()
    throw error
  }
  return { brokers: `127.0.0.1:${port}`, logDir: LOG_DIR, ended: () => ended, stop }
}
