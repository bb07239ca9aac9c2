import { ensureInstalled } from './install.mjs'
import { runNode } from './runtime.mjs'

await ensureInstalled()
process.exitCode = await runNode('scripts/asyncapi/write.ts')
