import { ensureInstalled } from './install.mjs'
import { runNode } from './runtime.mjs'

await ensureInstalled()
process.exitCode = await runNode('packages/server/src/names-key.ts')
