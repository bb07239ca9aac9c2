import { parseArgs } from 'node:util'
import { startBroker } from './kafka/broker.mjs'
import { hasDocker, startDockerBroker } from './kafka/docker-broker.mjs'
import { ensureKafka, RELEASES } from './kafka/installation.mjs'
import { fail, say } from './runtime.mjs'

const DEFAULT_PORT = 9092

// npm starts us through a shell, and a shell keeps signals to itself: when it is gone, it was told to end. Before the broker is
// ready, ending is all there is to do: what was started ends with us.
const parent = process.ppid
if (process.env.npm_lifecycle_event !== undefined)
  setInterval(() => {
    if (process.ppid !== parent) process.kill(process.pid, 'SIGTERM')
  }, 250).unref()

const broker = await start().catch((error) => fail(error.message))
say(`Ctrl+C ends the broker. Its log is in memory, in ${broker.logDir}`)
say(`KAFKA_BROKERS=${broker.brokers}`)

let ending = false
async function end() {
  if (ending) return
  ending = true
  await broker.stop()
  say('The broker has ended, and what it kept is gone.')
  process.exit()
}
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => void end())

void broker.ended().then(async (code) => {
  if (ending) return
  ending = true
  await broker.stop()
  fail(`The broker has ended by itself, with ${code}.`)
})

async function start() {
  const { zookeeper } = options()
  const port = Number(process.env.KAFKA_PORT || DEFAULT_PORT)
  if (!(Number.isInteger(port) && port > 0 && port < 65_536)) fail('KAFKA_PORT is not a port.')
  const log = (text) => process.stderr.write(text)
  if (!zookeeper && (await hasDocker(say))) {
    say('Starting Kafka in a container …')
    return startDockerBroker({ port, log })
  }
  const installation = await ensureKafka({ release: zookeeper ? RELEASES.zookeeper : RELEASES.kraft, say })
  say(zookeeper ? 'Starting ZooKeeper and Kafka …' : 'Starting Kafka …')
  return startBroker(installation, { port, zookeeper, log })
}

function options() {
  try {
    return parseArgs({ options: { zookeeper: { type: 'boolean', default: false } } }).values
  } catch ({ message }) {
    return fail(`${message}. The only option is --zookeeper.`)
  }
}
