import { randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { RoomId } from '@whisperrooms/protocol'
import { blocklist } from './admin/blocklist.ts'
import { status } from './admin/status.ts'
import { assemble, type Parts } from './assemble.ts'
import { type Bus, shardOf } from './bus/bus.ts'
import type { MakeDriver } from './bus/kafka/driver.ts'
import { memoryBus } from './bus/memory/memory-bus.ts'
import { type Clock, systemScheduler } from './clock.ts'
import type { Config } from './config.ts'
import { warningsOf } from './config-warnings.ts'
import { drain } from './drain.ts'
import { app } from './http/app.ts'
import { boundConnections } from './http/connections.ts'
import { listen } from './http/listen.ts'
import { proof } from './http/proof.ts'
import type { KafkaConfig } from './kafka-config.ts'
import { addresses } from './limits/address.ts'
import { describeError, type Log } from './log.ts'
import { expose } from './metrics/exposition.ts'
import { gatewayMetrics } from './metrics/gateway-metrics.ts'
import { meters as countAll } from './metrics/meters.ts'
import { metricsServer } from './metrics/metrics-server.ts'
import { processMetrics } from './metrics/process-metrics.ts'
import { loadTracing } from './metrics/tracing.ts'
import type { TokensSurroundings } from './people/load-tokens.ts'
import type { Tokens } from './people/tokens.ts'
import { accept } from './socket/accept.ts'
import { troubleLog } from './trouble.ts'

/** The page, where it is built: beside the published package's code, or in the repository. */
const PAGES = ['../page', '../../web/dist'].map((path) => join(import.meta.dirname, path))
const PAGE = PAGES.find((path) => existsSync(path)) ?? ''
const DOCS =
  ['../docs', '../../../docs'].map((path) => join(import.meta.dirname, path)).find((path) => existsSync(path)) ?? ''

export interface RunningGateway {
  readonly url: string
  /** Where `/metrics` is, if it has a port of its own. */
  readonly metricsPort: number | undefined
  /** Sends everybody away, in the time that the configuration gives, and ends. */
  close(): Promise<void>
}

const UNNAMED_PROXY =
  'a proxy that WR_TRUSTED_PROXIES does not name forwards requests: all behind it count as one address'

/** What of the time for ending is kept for what comes behind the members, in milliseconds. */
const AFTERWARDS_MS = 500

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

/** Plugins are loaded before all else: where one cannot be used, nothing has happened yet. */
async function chooseStages(
  { stages }: Config,
  log: Log,
  { stageRefused, ...parts }: Pick<Parts, 'clock' | 'scheduler'> & { readonly stageRefused: (reason: string) => void },
): Promise<NonNullable<Parts['stages']>> {
  if (stages.unlisted.length + stages.listed.length + stages.plugins.length === 0) return []
  const { loadStages } = await import('./ingress/load-stages.ts')
  const trouble = troubleLog(log, parts.clock)
  return loadStages(stages, {
    ...parts,
    refused(stage, reason, error) {
      stageRefused(reason)
      if (reason !== 'rejected') trouble(`a stage has failed on a message: ${stage}, ${reason}`, error)
    },
  })
}

async function chooseTokens({ auth }: Config, parts: TokensSurroundings): Promise<Tokens | undefined> {
  return auth.isRequired ? (await import('./people/load-tokens.ts')).loadTokens(auth, parts) : undefined
}

async function chooseDriver(client: KafkaConfig['client']): Promise<MakeDriver> {
  if (client === 'kafkajs') return (await import('./bus/kafka/kafkajs/driver.ts')).kafkajsDriver
  return (await import('./bus/kafka/platformatic/driver.ts')).platformaticDriver
}

/** The same task, done once at the most. */
function once(task: () => void): () => void {
  let isDone = false
  return () => {
    if (!isDone) task()
    isDone = true
  }
}

/** `undefined` when `/metrics` has no port of its own. */
async function serveMetrics({ host, metrics }: Config, scrape: () => string) {
  const { port, token } = metrics ?? {}
  return port === undefined ? undefined : metricsServer({ host, port, token }, scrape)
}

/** Starts a gateway: the only place that chooses adapters. */
export async function start(config: Config, log: Log): Promise<RunningGateway> {
  for (const warning of warningsOf(config)) log.warn({}, warning)
  const clock: Clock = () => performance.now()
  const scheduler = systemScheduler
  const random = randomBytes
  const secret = config.secret === undefined ? random(32) : Buffer.from(config.secret)
  const meters = countAll()
  const tracing = await loadTracing()
  const trouble = troubleLog(log, clock)
  const tokens = await chooseTokens(config, { secret, clock, wallClock: () => new Date(), trouble })
  const stages = await chooseStages(config, log, { clock, scheduler, stageRefused: meters.stageRefused })
  const bus = await chooseBus(config, log, { clock, scheduler, random, secret })
  const blocks = blocklist(clock)
  const { of: addressOf, peer: peerOf } = addresses(
    config.limits.trustedProxies,
    once(() => log.warn({}, UNNAMED_PROXY)),
  )
  const { gateway, hosting, operator, readOnly, stop } = await assemble({
    bus,
    clock,
    scheduler,
    random,
    secret,
    config,
    tokens,
    stages,
    limited: meters.limited,
    meters,
    tracing,
    failed(error) {
      log.error(describeError(error), 'a pipeline has ended')
      throw error
    },
  })

  let closing = false
  const isReady = () => !closing && bus.isReady()
  const http = await app({
    log,
    page: PAGE,
    docs: DOCS,
    isReady,
    limits: gateway.limits,
    shardOf: (room: RoomId) => shardOf(bus.keyOf(room), bus.shards),
    contact: config.admin.abuseContact,
    admin: {
      token: config.admin.token,
      operator,
      readOnly,
      blocklist: blocks,
      addressOf,
      status: () =>
        status({
          shards: () => hosting.shards(),
          presence: gateway.presence,
          connections: () => gateway.limiter.connections,
          readOnly,
          blocklist: blocks,
        }),
      acted: meters.acted,
      refused: meters.refused,
      clock,
    },
    bots: {
      gateway,
      shards: () => hosting.shards(),
      config: config.bots,
      addressOf,
      isClosing: () => closing,
      refused: meters.refused,
    },
    metrics:
      config.metrics?.port === undefined && config.metrics?.token !== undefined
        ? { token: config.metrics.token, scrape }
        : undefined,
    proof: proof({ bus, shards: () => hosting.shards(), isInMemory: config.kafka?.isInMemory === true, clock }),
  })
  const { limited, refused } = meters
  boundConnections(http.server, { limits: config.limits, peerOf, limited, refused, clock })
  const acceptor = accept(http.server, { gateway, origins: config.origins, blocklist: blocks, addressOf })
  const ofProcess = config.metrics === undefined ? undefined : processMetrics()
  function scrape(): string {
    const state = { shards: () => hosting.shards(), connections: () => gateway.limiter.connections, isReady }
    return expose([...gatewayMetrics(state, meters), ...(ofProcess?.read() ?? [])])
  }
  const scraped = await serveMetrics(config, scrape)
  const port = await listen(http, config.host, config.port)
  const host = config.host.includes(':') ? `[${config.host}]` : config.host

  return {
    url: `http://${host}:${port}`,
    metricsPort: scraped?.port,
    async close() {
      closing = true
      acceptor.refuse()
      const drained = tracing?.draining(acceptor.open.size)
      await drain({
        connections: acceptor.open,
        isLast: !bus.isShared,
        withinMs: Math.max(0, config.drainSeconds * 1000 - AFTERWARDS_MS),
        clock,
        scheduler,
        random,
      })
      drained?.()
      const traced = tracing?.flush()
      acceptor.close()
      stop()
      ofProcess?.stop()
      await scraped?.close()
      await http.close()
      await bus.close()
      await traced
    },
  }
}
