import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import chromium, { inflate } from '@sparticuz/chromium'

/**
 * Unpacks the browser and the system libraries it needs once, before any test file runs: two that did so at the same time could
 * find half a file.
 */
export default async function unpackChromium({
  provide,
}: {
  provide(key: string, value: unknown): void
}): Promise<void> {
  const packed = join(dirname(createRequire(import.meta.url).resolve('@sparticuz/chromium')), '../bin/al2023.tar.br')
  provide('chromium', { executable: await chromium.executablePath(), libraries: join(await inflate(packed), 'lib') })
}

declare module 'vitest' {
  interface ProvidedContext {
    readonly chromium: { readonly executable: string; readonly libraries: string }
  }
}
