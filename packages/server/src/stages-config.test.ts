import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { ConfigError, type Environment } from './environment.ts'
import { readStagesConfig } from './stages-config.ts'

const folder = mkdtempSync(join(tmpdir(), 'words-'))
afterAll(() => rmSync(folder, { recursive: true }))

let count = 0
function wordsFile(content: string | Uint8Array): string {
  const file = join(folder, `words-${count++}.txt`)
  writeFileSync(file, content)
  return file
}
const filterWith = (content: string | Uint8Array) => ({ WR_STAGES: 'filter', WR_FILTER_WORDS_FILE: wordsFile(content) })

test('without settings there are no stages', () => {
  expect(readStagesConfig({})).toMatchObject({ unlisted: [], listed: [], words: undefined, plugins: [] })
})

test('stages are in the order in which they are written, and listed rooms have the same unless told', () => {
  expect(readStagesConfig({ WR_STAGES: 'redact, enrich' })).toMatchObject({
    unlisted: ['redact', 'enrich'],
    listed: ['redact', 'enrich'],
  })
  expect(readStagesConfig({ WR_STAGES: 'redact', WR_STAGES_LISTED: 'none' })).toMatchObject({
    unlisted: ['redact'],
    listed: [],
  })
})

test('words are lines; comments, empty lines and a mark at the beginning are none', () => {
  expect(readStagesConfig(filterWith('\uFEFFone\r\n\n# not this\ntwo words\n')).words).toEqual(['one', 'two words'])
})

test.each([
  ['WR_STAGES', { WR_STAGES: 'enrich,shout' }],
  ['WR_STAGES', { WR_STAGES: 'enrich,enrich' }],
  ['WR_STAGES_LISTED', { WR_STAGES_LISTED: 'none,enrich' }],
  ['WR_FILTER_WORDS_FILE', { WR_STAGES: 'filter' }],
  ['WR_FILTER_WORDS_FILE', { WR_FILTER_WORDS_FILE: '/nowhere' }],
  ['WR_FILTER_WORDS_FILE', { WR_STAGES: 'filter', WR_FILTER_WORDS_FILE: '/nowhere' }],
  ['WR_FILTER_WORDS_FILE', filterWith('# nothing\n')],
  ['Line 2', filterWith('one\n---\n')],
  ['Line 1', filterWith('x'.repeat(101))],
  ['UTF-8', filterWith(Buffer.from([0x61, 0xff]))],
  ['WR_FILTER_MODE', { WR_FILTER_MODE: 'mask' }],
  ['WR_FILTER_MODE', { ...filterWith('one'), WR_FILTER_MODE: 'both' }],
  ['WR_PLUGINS: plugin 2 is a file that cannot be read (ENOENT)', { WR_PLUGINS: `${wordsFile('')},/nowhere.mjs` }],
  ['WR_PLUGINS: plugin 1 is no file', { WR_PLUGINS: folder }],
  ['WR_PLUGIN_TIMEOUT', { WR_PLUGIN_TIMEOUT: '100' }],
  ['WR_PLUGIN_TIMEOUT', { WR_PLUGINS: 'x.ts', WR_PLUGIN_TIMEOUT: '1s' }],
  ['WR_PLUGIN_TIMEOUT', { WR_PLUGINS: 'x.ts', WR_PLUGIN_TIMEOUT: '9001' }],
  ['WR_PLUGIN_CONCURRENCY', { WR_PLUGINS: 'x.ts', WR_PLUGIN_CONCURRENCY: '0' }],
])('what is wrong is named: %s in %o', (named, environment) => {
  expect(() => readStagesConfig(environment)).toThrow(
    expect.objectContaining({ name: 'ConfigError', message: expect.stringContaining(named) }),
  )
})

function mistakesIn(environment: Environment): readonly string[] {
  try {
    readStagesConfig(environment)
  } catch (error) {
    if (error instanceof ConfigError) return error.mistakes
    throw error
  }
  return []
}

test('all that contradicts itself is told at once', () => {
  const environment = {
    WR_STAGES: 'enrich,enrich',
    WR_STAGES_LISTED: 'none,redact',
    WR_FILTER_MODE: 'mask',
    WR_FILTER_WORDS_FILE: wordsFile('---\n'),
    WR_PLUGIN_TIMEOUT: '1s',
    WR_PLUGIN_CONCURRENCY: '8',
  }
  expect(new Set(mistakesIn(environment))).toEqual(
    new Set([
      'WR_STAGES names a stage twice',
      'WR_STAGES_LISTED must be none, or stages',
      'WR_FILTER_MODE is of no use without filter in WR_STAGES',
      'WR_FILTER_WORDS_FILE is of no use without filter in WR_STAGES',
      'Line 1 of the file that WR_FILTER_WORDS_FILE names is no word of at most 100 characters',
      'WR_PLUGIN_TIMEOUT is of no use without WR_PLUGINS',
      'WR_PLUGIN_TIMEOUT must be a whole number of milliseconds, without a unit, from 1 to 9000',
      'WR_PLUGIN_CONCURRENCY is of no use without WR_PLUGINS',
    ]),
  )
})

test('a filter that is asked for beside what is no stage lacks its words all the same', () => {
  expect(mistakesIn({ WR_STAGES: 'filter,shout' })).toEqual([
    'filter in WR_STAGES needs WR_FILTER_WORDS_FILE',
    expect.stringContaining('WR_STAGES must be stages'),
  ])
})

test('words and mode are of use when only listed rooms are filtered', () => {
  const environment = { WR_STAGES_LISTED: 'filter', WR_FILTER_WORDS_FILE: wordsFile('one'), WR_FILTER_MODE: 'mask' }
  expect(readStagesConfig(environment)).toMatchObject({ unlisted: [], listed: ['filter'], words: ['one'] })
})
