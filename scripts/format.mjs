import { ensureInstalled } from './install.mjs'
import { runNode } from './runtime.mjs'

await ensureInstalled()
process.exitCode = await runNode('node_modules/@biomejs/biome/bin/biome', 'check', '--write', ...process.argv.slice(2))
