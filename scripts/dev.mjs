import { spawn } from 'node:child_process'
import { ensureInstalled } from './install.mjs'
import { NODE, ROOT } from './runtime.mjs'

await ensureInstalled()

// The gateway starts anew, and the page reloads, when their sources change.
const children = [
  spawn(NODE, ['--watch', '--watch-preserve-output', 'packages/server/src/main.ts'], { cwd: ROOT, stdio: 'inherit' }),
  spawn(NODE, ['scripts/dev-page.mjs'], { cwd: ROOT, stdio: 'inherit' }),
]

function endAll() {
  for (const child of children) child.kill()
}

for (const child of children)
  child.once('exit', (code) => {
    process.exitCode ??= code ?? 0
    endAll()
  })
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, endAll)
