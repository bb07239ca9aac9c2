#!/usr/bin/env node
import { isCommand, runCommand } from './cli/commands.ts'
import { type Config, readConfig } from './config.ts'
import { explain } from './explain.ts'
import { describeError, jsonLog } from './log.ts'
import { gatherSettings } from './settings.ts'
import { type RunningGateway, start } from './start.ts'

async function serve(flags: readonly string[]): Promise<void> {
  const config = readConfig(gatherSettings(flags, process.env))
  const log = jsonLog(config.logLevel)
  process.on('uncaughtException', (error) => {
    log.error(describeError(error), 'uncaught')
    process.exit(1)
  })
  const gateway = await start(config, log)
  const { url, metricsPort } = gateway
  log.info({ url, metricsPort }, 'listening')
  // Whoever started this process with a channel to it, such as `npm start`, waits for this.
  process.send?.({ type: 'listening', url, metricsPort })
  const stop = once(() => end(gateway, config))
  for (const signal of ['SIGTERM', 'SIGINT'] as const)
    process.on(signal, () => {
      // Whoever asks again does not want to wait.
      if (!stop()) process.exit(1)
    })
  // Whoever started it with a channel is gone: nobody else would end it.
  process.once('disconnect', stop)
}

function end(gateway: RunningGateway, { drainSeconds }: Config): void {
  setTimeout(() => process.exit(0), drainSeconds * 1000).unref()
  void gateway.close().then(() => process.exit(0))
}

/** @returns whether it was done now. */
function once(task: () => void): () => boolean {
  let isDone = false
  return () => {
    if (isDone) return false
    isDone = true
    task()
    return true
  }
}

async function main(words: readonly string[]): Promise<void> {
  const [first, ...rest] = words
  if (isCommand(first)) process.exitCode = await runCommand(first, rest, process)
  else await serve(first === 'serve' ? rest : words)
}

main(process.argv.slice(2)).catch((error: unknown) => {
  process.stderr.write(`WhisperRooms cannot start: ${explain(error)}\n`)
  process.exit(1)
})
