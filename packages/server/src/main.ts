import { readConfig } from './config.ts'
import { explain } from './explain.ts'
import { describeError, jsonLog } from './log.ts'
import { type RunningGateway, start } from './start.ts'

/** How long sockets may take to close before the process goes, in milliseconds. */
const CLOSE_MS = 2_000

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
