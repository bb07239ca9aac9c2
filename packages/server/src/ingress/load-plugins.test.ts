import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { manualTime } from '../testing/manual-time.ts'
import { loadPlugins } from './load-plugins.ts'

const folder = mkdtempSync(join(tmpdir(), 'plugins-'))
afterAll(() => rmSync(folder, { recursive: true }))

let count = 0
function pluginFile(source: string): string {
  const file = join(folder, `plugin-${count++}.mjs`)
  writeFileSync(file, source)
  return file
}

const GOOD = `
import { PassThrough } from 'node:stream'
globalThis.imported = (globalThis.imported ?? 0) + 1
export default () => new PassThrough({ objectMode: true })
`
const { scheduler } = manualTime()
const imported = (): unknown => Reflect.get(globalThis, 'imported')

test('what a file does when it is imported, it does once, however often it is named', async () => {
  const file = pluginFile(GOOD)
  const plugins = await loadPlugins([file, file], scheduler)
  expect(plugins.map(({ name }) => name)).toEqual(['plugin-1', 'plugin-2'])
  expect(imported()).toBe(1)
})

test.each([
  ['is not there', join(folder, 'nowhere.mjs'), 'cannot be read (ENOENT)'],
  ['is a folder', folder, 'is no file'],
  ['is no JavaScript', pluginFile('this is not'), 'cannot be imported'],
  ['throws', pluginFile('throw new TypeError("secret words")'), 'cannot be imported: TypeError'],
  ['throws no error', pluginFile('throw "secret words"'), 'something else than an error'],
  ['imports what is not there', pluginFile('import "./secret-words.mjs"'), 'ERR_MODULE_NOT_FOUND'],
  ['has no default export', pluginFile('export const stage = () => 1'), 'no function as its default export'],
  ['has another default export', pluginFile('export default { }'), 'no function as its default export'],
  [
    'has a factory that throws',
    pluginFile('export default () => { throw new RangeError("secret words") }'),
    'fails when called: RangeError',
  ],
  ['makes nothing', pluginFile('export default () => undefined'), 'does not return a Transform'],
  ['makes a promise', pluginFile('export default async () => 1'), 'does not return a Transform'],
  [
    'makes a stream of bytes',
    pluginFile('import { PassThrough } from "node:stream"\nexport default () => new PassThrough()'),
    'not in object mode',
  ],
])('a plugin that %s is named by its place', async (_what, file, why) => {
  const loading = loadPlugins([file, pluginFile(GOOD)], scheduler)
  await expect(loading).rejects.toMatchObject({
    name: 'ConfigError',
    message: expect.stringContaining('WR_PLUGINS: plugin 1 '),
  })
  await expect(loading).rejects.toThrow(why)
  await expect(loading).rejects.not.toThrow('secret')
})

test('where files are missing all of them are told, and nothing is imported', async () => {
  const before = imported()
  const loading = loadPlugins([pluginFile(GOOD), join(folder, 'nowhere.mjs'), pluginFile('no'), folder], scheduler)
  await expect(loading).rejects.toMatchObject({
    mistakes: ['WR_PLUGINS: plugin 2 is a file that cannot be read (ENOENT)', 'WR_PLUGINS: plugin 4 is no file'],
  })
  expect(imported()).toBe(before)
})

test('all that cannot be used are told', async () => {
  const none = pluginFile('export default 7')
  await expect(loadPlugins([none, pluginFile(GOOD), none], scheduler)).rejects.toMatchObject({
    mistakes: [1, 3].map((place) => `WR_PLUGINS: plugin ${place} has no function as its default export`),
  })
})

test('a plugin whose import never ends is given up', async () => {
  const time = manualTime()
  const loading = loadPlugins([pluginFile('await new Promise(() => {})')], time.scheduler)
  let why: unknown
  loading.catch((error: unknown) => {
    why = error
  })
  while (why === undefined) await time.advance(1_000)
  expect(why).toMatchObject({
    name: 'ConfigError',
    message: 'WR_PLUGINS: plugin 1 cannot be imported: it takes more than 10 s',
  })
})
