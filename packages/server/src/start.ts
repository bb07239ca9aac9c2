import { randomBytes } from 'node:crypto'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import type { RoomId } from '@whisperrooms/protocol'
import { assemble } from './assemble.ts'
import { type Bus, shardOf } from './bus/bus.ts'
import { memoryBus } from './bus/memory/memory-bus.ts'
import { type Clock, systemScheduler } from './clock.ts'
import type { Config } from './config.ts'
import { app } from './http/app.ts'
import { describeError, type Log } from './log.ts'
import { accept } from './socket/accept.ts'

const PAGE = join(import.meta.dirname, '../../web/dist')

export interface RunningGateway {
  readonly url: string
  close(): Promise<void>
}

/** Starts a gateway: the only place that chooses adapters. */
export async function start(config: Config, log: Log): Promise<RunningGateway> {
  const clock: Clock = () => performance.now()
  const scheduler = systemScheduler
  const random = randomBytes
  const bus: Bus = memoryBus({ clock, scheduler, random, startMs: Date.now(), shards: 1, retentionMs: 0 })
  const secret = config.secret === undefined ? random(32) : Buffer.from(config.secret)
  const { gateway, stop } = await assemble({
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
    shardOf: (room: RoomId) => shardOf(room, bus.shards),
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
