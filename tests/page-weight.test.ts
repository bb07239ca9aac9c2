import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { expect, test } from 'vitest'

const DIST = join(import.meta.dirname, '../packages/web/dist')

/** Bytes of the built page's files with this ending, gzipped one by one as they travel. */
function gzipped(ending: string): number {
  const files = readdirSync(DIST, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith(ending))
  return files.reduce((sum, file) => sum + gzipSync(readFileSync(join(DIST, file))).length, 0)
}

test('the page is light: at most 110 kB of JavaScript and 15 kB of CSS, gzipped', () => {
  expect(gzipped('.js')).toBeGreaterThan(0)
  expect(gzipped('.js')).toBeLessThanOrEqual(110_000)
  expect(gzipped('.css')).toBeLessThanOrEqual(15_000)
})

test('the page asks nobody else for anything, and has nothing its content security policy would refuse', () => {
  const page = readFileSync(join(DIST, 'index.html'), 'utf8')
  expect(page).not.toMatch(/(?:src|href)="https?:/)
  expect(page).not.toMatch(/<style|style="|<script(?![^>]*\ssrc=)| on\w+="/)
})
