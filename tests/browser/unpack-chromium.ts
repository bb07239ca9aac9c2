import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'

const CACHE = join(import.meta.dirname, '../../node_modules/.cache/whisperrooms')

/** Where the browser is, and the system libraries it needs; `null` where there is none for this machine. */
type Chromium = { readonly executable: string; readonly libraries: string } | null

/** Unpacks the browser once, before any test file runs, and only for runs that have tests for it. */
export default async function unpackChromium({
  provide,
}: {
  provide(key: 'chromium', value: Chromium): void
}): Promise<void> {
  provide('chromium', isAvailable() ? await unpacked() : null)
}

/** The package has a browser for Linux on x64 alone. In CI nothing is skipped unnoticed. */
function isAvailable(): boolean {
  const { platform, arch, env } = process
  if (platform === 'linux' && arch === 'x64') return true
  const text = `The browser that npm brings runs on Linux on x64, and this is ${platform} on ${arch}.`
  if (env['CI'] === 'true') throw new Error(text)
  process.stderr.write(`\nNOT TESTED: everything that needs a browser. ${text}\n\n`)
  return false
}

async function unpacked(): Promise<Chromium> {
  const home = join(dirname(createRequire(import.meta.url).resolve('@sparticuz/chromium')), '..')
  const { version } = JSON.parse(readFileSync(join(home, 'package.json'), 'utf8'))
  const folder = join(CACHE, `chromium-${version}`)
  if (!existsSync(folder)) await unpack(join(home, 'bin'), folder)
  return { executable: join(folder, 'chromium'), libraries: join(folder, 'al2023', 'lib') }
}

/** @param folder complete, or not there: two who unpack at the same time, or one who was interrupted, leave no half of it. */
async function unpack(packed: string, folder: string): Promise<void> {
  const { default: chromium, inflate } = await import('@sparticuz/chromium')
  mkdirSync(CACHE, { recursive: true })
  const unfinished = mkdtempSync(`${folder}-`)
  try {
    await withTemporaryFolder(unfinished, () =>
      Promise.all([chromium.executablePath(packed), inflate(join(packed, 'al2023.tar.br'))]),
    )
    renameSync(unfinished, folder)
  } catch (error) {
    rmSync(unfinished, { recursive: true, force: true })
    // Somebody else was first.
    if (!existsSync(folder)) throw error
  }
}

/** The package unpacks into the system's folder for temporary files, and nowhere else. */
async function withTemporaryFolder(folder: string, task: () => Promise<unknown>): Promise<void> {
  const usual = process.env['TMPDIR']
  process.env['TMPDIR'] = folder
  try {
    await task()
  } finally {
    if (usual === undefined) delete process.env['TMPDIR']
    else process.env['TMPDIR'] = usual
  }
}

declare module 'vitest' {
  interface ProvidedContext {
    readonly chromium: Chromium
  }
}
