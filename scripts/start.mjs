import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { ensureInstalled } from './install.mjs'
import { ensurePage } from './page.mjs'
import { CACHE, NODE, ROOT, say } from './runtime.mjs'

await ensureInstalled()
await ensurePage()

const onWindows = process.platform === 'win32'
const gateway = spawn(NODE, ['packages/server/src/main.ts', ...process.argv.slice(2)], {
  cwd: ROOT,
  stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  // In a process group of its own, so that Ctrl+C reaches it once, from here, and not from the terminal and npm as well.
  detached: !onWindows,
  // Compiled code of the last start: halves the time until it listens.
  env: { NODE_COMPILE_CACHE: join(CACHE, 'compiled'), ...process.env },
})

gateway.on('message', ({ type, url }) => {
  if (type === 'listening') say(`WhisperRooms is at ${url} (Ctrl+C ends it)`)
})
gateway.once('error', ({ message }) => {
  process.stderr.write(`The gateway could not be started: ${message}\n`)
  process.exitCode = 1
})
gateway.once('exit', (code) => {
  process.exitCode = code ?? 1
})

let ending = false
function end() {
  // On Windows the terminal has told it already, and a signal would not let it finish.
  if (!ending && !onWindows) gateway.kill('SIGTERM')
  ending = true
}

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, end)

// npm starts us through a shell, and a shell keeps signals to itself: when it is gone, it was told to end.
const parent = process.ppid
if (process.env.npm_lifecycle_event !== undefined)
  setInterval(() => {
    if (process.ppid !== parent) end()
  }, 250).unref()
