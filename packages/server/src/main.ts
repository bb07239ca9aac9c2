import { ConfigError, readConfig } from './config.ts'
import { describeError, jsonLog } from './log.ts'
import { type RunningGateway, start } from './start.ts'

/** How long sockets may take to close before the process goes, in milliseconds. */
const CLOSE_MS = 2_000

/** What went wrong at the start, in words for whoever started it. */
function explain(error: unknown): string {
  if (error instanceof ConfigError) return error.message
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  if (code === 'EADDRINUSE') return 'PORT is in use: choose another one, or 0 for a free one'
  if (code === 'EACCES') return 'PORT may not be used by this user'
  if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND') return 'HOST is not an address of this machine'
  if (typeof code === 'string' && code.startsWith('PLT_KFK_')) return 'KAFKA_BROKERS names no broker that answers'
  return JSON.stringify(describeError(error))
}

async function main(): Promise<void> {
  const config = readConfig(process.env)
  const log = jsonLog(config.logLevel)
  process.on('uncaughtException', (error) => {
    log.error(describeError(error), 'uncaught')
    process.exit(1)
  })
  const gateway = await start(config, log)
  log.info({ url: gateway.url }, 'listening')
  // Whoever started this process with a channel to it, such as `npm start`, waits for this.
  process.send?.({ type: 'listening', url: gateway.url })
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => stop(gateway))
  // Whoever started it with a channel is gone: nobody else would end it.
  process.once('disconnect', () => stop(gateway))
}

function stop(gateway: RunningGateway): void {
  setTimeout(() => process.exit(0), CLOSE_MS).unref()
  void gateway.close().then(() => process.exit(0))
}

main().catch((error: unknown) => {
  process.stderr.write(`WhisperRooms cannot start: ${explain(error)}\n`)
  process.exit(1)
})
