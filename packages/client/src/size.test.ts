import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { build } from 'vite'
import { expect, test } from 'vitest'

const LIMIT_BYTES = 10_000

test('the whole SDK weighs at most 10 kB gzipped, and brings no validation library', async () => {
  const results = await build({
    configFile: false,
    logLevel: 'silent',
    root: fileURLToPath(new URL('..', import.meta.url)),
    build: {
      write: false,
      target: 'es2024',
      lib: { entry: fileURLToPath(new URL('./index.ts', import.meta.url)), formats: ['es'] },
      // Vite leaves the white space of libraries; whoever bundles the SDK does not.
      rolldownOptions: { output: { minify: true } },
    },
  })
  const bundles = (Array.isArray(results) ? results : [results]).flatMap((one) => ('output' in one ? one.output : []))
  const chunks = bundles.flatMap((one) => (one.type === 'chunk' ? [one] : []))
  const modules = chunks.flatMap((chunk) => chunk.moduleIds)
  expect(modules.filter((id) => !/packages\/(client|protocol)\/src\//.test(id))).toEqual([])
  expect(gzipSync(chunks.map((chunk) => chunk.code).join('\n'), { level: 9 }).byteLength).toBeLessThanOrEqual(
    LIMIT_BYTES,
  )
})
