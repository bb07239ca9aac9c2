import { join, resolve } from 'node:path'
import { ensureInstalled } from './install.mjs'
import { packAll } from './pack/pack-all.mjs'
import { ensurePage } from './page.mjs'
import { fail, ROOT, say } from './runtime.mjs'

// npm run pack [-- FOLDER]: protocol, client and server as they are published, in dist/ or FOLDER.

await ensureInstalled()
await ensurePage()
try {
  for (const file of await packAll(resolve(process.argv[2] ?? join(ROOT, 'dist')))) say(file)
} catch (error) {
  fail(error instanceof Error ? error.message : 'The packages could not be made.')
}
