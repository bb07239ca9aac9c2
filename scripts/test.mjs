import { ensureInstalled } from './install.mjs'
import { ensurePage } from './page.mjs'
import { runNode } from './runtime.mjs'

await ensureInstalled()
await ensurePage()
process.exitCode = await runNode('node_modules/vitest/vitest.mjs', 'run', ...process.argv.slice(2))
