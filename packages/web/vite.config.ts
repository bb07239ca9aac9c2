import react from '@vitejs/plugin-react'
import { defineConfig } from 'vite'
import { compressAssets } from './compress-assets.ts'

const GATEWAY = 'http://localhost:8080'

export default defineConfig({
  root: import.meta.dirname,
  plugins: [react(), compressAssets()],
  build: {
    outDir: 'dist',
    emptyOutDir: true,
    // Browsers with light-dark() and popovers: nothing is transpiled that they know themselves.
    target: ['chrome123', 'edge123', 'firefox125', 'safari17.5'],
    // No data: URLs, so that the page's content security policy can do without them.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
  server: {
    proxy: {
      '/ws': { target: GATEWAY, ws: true },
      '/api': { target: GATEWAY },
    },
  },
})
