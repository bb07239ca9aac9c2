// Loaded into the gateway under test with `--import`: at its end it prints how much of OpenTelemetry has been loaded.
import { createRequire } from 'node:module'

const { cache } = createRequire(import.meta.url)

process.on('exit', () => {
  const loaded = Object.keys(cache).filter((path) => path.includes('@opentelemetry'))
  process.stdout.write(`${JSON.stringify({ openTelemetryModules: loaded.length })}\n`)
})
