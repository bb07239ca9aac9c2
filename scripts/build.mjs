import { ensureInstalled } from './install.mjs'
import { ensurePage } from './page.mjs'
import { say } from './runtime.mjs'

await ensureInstalled()
await ensurePage()
say('The page is in packages/web/dist.')
