import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
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
  ['WR_PLUGIN_TIMEOUT', { WR_PLUGIN_TIMEOUT: '100' }],
  ['WR_PLUGIN_TIMEOUT', { WR_PLUGINS: 'x.ts', WR_PLUGIN_TIMEOUT: '1s' }],
  ['WR_PLUGIN_TIMEOUT', { WR_PLUGINS: 'x.ts', WR_PLUGIN_TIMEOUT: '9001' }],
  ['WR_PLUGIN_CONCURRENCY', { WR_PLUGINS: 'x.ts', WR_PLUGIN_CONCURRENCY: '0' }],
])('what is wrong is named: %s in %o', (named, environment) => {
  expect(() => readStagesConfig(environment)).toThrow(
    expect.objectContaining({ name: 'ConfigError', message: expect.stringContaining(named) }),
  )
})
