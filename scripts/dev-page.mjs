// Runs on the repository's own Node, once vite is installed.
import { createServer } from 'vite'

const target = `http://localhost:${process.env.PORT || 8080}`

const server = await createServer({
  configFile: 'packages/web/vite.config.ts',
  server: { proxy: { '/ws': { target, ws: true }, '/api': { target } } },
})
await server.listen()
server.printUrls()
