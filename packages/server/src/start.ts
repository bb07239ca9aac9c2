import { randomBytes } from 'node:crypto'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import type { RoomId } from '@whisperrooms/protocol'
import { assemble, type Parts } from './assemble.ts'
import { type Bus, shardOf } from './bus/bus.ts'
import type { MakeDriver } from './bus/kafka/driver.ts'
import { memoryBus } from './bus/memory/memory-bus.ts'
import { type Clock, systemScheduler } from './clock.ts'
import type { Config } from './config.ts'
import { app } from './http/app.ts'
import { proof } from './http/proof.ts'
import type { KafkaConfig } from './kafka-config.ts'
import { describeError, type Log } from './log.ts'
import { accept } from './socket/accept.ts'
import { troubleLog } from './trouble.ts'

const PAGE = join(import.meta.dirname, '../../web/dist')

export interface RunningGateway {
  readonly url: string
  close(): Promise<void>
}

/** How many shards a log made by this gateway has: more than an installation will have gateways. */
const SHARDS = 64

type BusParts = Pick<Parts, 'clock' | 'scheduler' | 'random' | 'secret'>

async function chooseBus(config: Config, log: Log, parts: BusParts): Promise<Bus> {
  const { kafka } = config
  if (kafka === undefined) return memoryBus({ ...parts, startMs: Date.now(), shards: 1, retentionMs: 0 })
  // Not loaded where they are not used: they would double the time of the start.
  const [{ kafkaBus }, { connectionSettings }, makeDriver] = await Promise.all([
    import('./bus/kafka/kafka-bus.ts'),
    import('./bus/kafka/connection.ts'),
    chooseDriver(kafka.client),
  ])
  return kafkaBus({
    ...parts,
    makeDriver,
    brokers: kafka.brokers,
    connection: await connectionSettings(kafka, parts),
    shards: SHARDS,
    longestTtlMs: config.ttl.maxSeconds * 1000,
    topicPrefix: 'whisperrooms',
    manageTopics: kafka.manageTopics,
    trouble: troubleLog(log, parts.clock),
  })
}

async function chooseDriver(client: KafkaConfig['client']): Promise<MakeDriver> {
  if (client === 'kafkajs') return (await import('./bus/kafka/kafkajs/driver.ts')).kafkajsDriver
  return (await import('./bus/kafka/platformatic/driver.ts')).platformaticDriver
}

/** Starts a gateway: the only place that chooses adapters. */
export async function start(config: Config, log: Log): Promise<RunningGateway> {
  const clock: Clock = () => performance.now()
  const scheduler = systemScheduler
  const random = randomBytes
  const secret = config.secret === undefined ? random(32) : Buffer.from(config.secret)
  const bus = await chooseBus(config, log, { clock, scheduler, random, secret })
  const { gateway, hosting, stop } = await assemble({
    bus,
    clock,
    scheduler,
    random,
    secret,
    config,
    failed(error) {
      log.error(describeError(error), 'a pipeline has ended')
      throw error
    },
  })

  let closing = false
  const http = await app({
    log,
    page: PAGE,
    isReady: () => !closing && bus.isReady(),
    limits: gateway.limits,
    shardOf: (room: RoomId) => shardOf(bus.keyOf(room), bus.shards),
    proof: proof({ bus, shards: () => hosting.shards(), isInMemory: config.kafka?.isInMemory === true, clock }),
  })
  const acceptor = accept(http.server, { gateway, origins: config.origins })
  await http.listen({ host: config.host, port: config.port })
  const { port } = http.server.address() as AddressInfo
  const host = config.host.includes(':') ? `[${config.host}]` : config.host

  return {
    url: `http://${host}:${port}`,
    async close() {
      closing = true
      acceptor.close()
      stop()
      await http.close()
      await bus.close()
    },
  }
}
