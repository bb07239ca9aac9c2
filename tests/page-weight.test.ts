import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { words } from '../packages/web/src/words.ts'

const WEB = join(import.meta.dirname, '../packages/web')
const DIST = join(WEB, 'dist')
const INDEX = join(WEB, 'index.html')

const built = (ending: string): string[] =>
  readdirSync(DIST, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith(ending))
    .map((file) => join(DIST, file))

/** Bytes of the built page's files with this ending, gzipped one by one as they travel. */
const gzipped = (ending: string): number =>
  built(ending).reduce((sum, file) => sum + gzipSync(readFileSync(file)).length, 0)

test('the page is light: at most 110 kB of JavaScript and 15 kB of CSS, gzipped', () => {
  expect(gzipped('.js')).toBeGreaterThan(0)
  expect(gzipped('.js')).toBeLessThanOrEqual(110_000)
  expect(gzipped('.css')).toBeLessThanOrEqual(15_000)
})

test('the page asks nobody else for anything, and has nothing its content security policy would refuse', () => {
  const page = readFileSync(join(DIST, 'index.html'), 'utf8')
  expect(page).not.toMatch(/(?:src|href|action|content)="(?:https?:)?\/\//)
  expect(page).not.toMatch(/<style|style="|<script(?![^>]*\ssrc=)| on\w+="/)
})

/** Names of XML's, and the address in the text of React's errors: nobody is asked there. */
const ONLY_TEXT = /^(?:https:\/\/react\.dev\/errors\/|http:\/\/www\.w3\.org\/[\w./]+)$/

test('neither code nor styles name anybody else’s address', () => {
  const files = [...built('.js'), ...built('.css'), ...built('.svg'), ...built('.html')]
  expect(files.length).toBeGreaterThan(3)
  const addresses = files.flatMap(
    (file) => readFileSync(file, 'utf8').match(/(?:https?|wss?):\/\/[^\s"'`<>()\\]*/g) ?? [],
  )
  expect(addresses.filter((address) => !ONLY_TEXT.test(address))).toEqual([])
})

test('nothing is fetched from an address that names only its host', () => {
  for (const file of built('.css')) expect(readFileSync(file, 'utf8')).not.toMatch(/(?:url\(|@import\s*)["']?\/\//)
  for (const file of built('.js'))
    expect(readFileSync(file, 'utf8')).not.toMatch(
      /(?:fetch|import|importScripts|Worker|WebSocket|EventSource)\(["'`]\/\//,
    )
})

test('what the page promises before its code is there is what it promises then', () => {
  const [, promise = ''] = /<div class="promise">(.*?)<\/div>/s.exec(readFileSync(INDEX, 'utf8')) ?? []
  const said = promise
    .replaceAll(/<[^>]+>/g, ' ')
    .replaceAll(/\s+/g, ' ')
    .trim()
  const { talk, gone, text } = words.promise
  expect(said).toBe(`${talk} ${gone} ${text}`)
})
