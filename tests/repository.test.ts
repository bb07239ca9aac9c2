import { spawnSync } from 'node:child_process'
import { type Dirent, existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { CLOSE, comesBack, ERROR_RULES } from '@whisperrooms/protocol'
import { expect, test } from 'vitest'
import { VARIABLES } from '../packages/server/src/config.ts'

const ROOT = join(import.meta.dirname, '..')

/** Everything that is in git, or would be with the next `git add`; `undefined` where there is no git, or no repository of it. */
function listedByGit(excludes = '--exclude-standard'): string[] | undefined {
  const { status, stdout } = spawnSync('git', ['ls-files', '-z', '--cached', '--others', excludes], {
    cwd: ROOT,
    encoding: 'utf8',
  })
  return status === 0 ? stdout.split('\0').filter((file) => file !== '' && existsSync(join(ROOT, file))) : undefined
}

/** Everything that is here and that .gitignore does not name. */
function listedByWalk(): string[] {
  const rules = readFileSync(join(ROOT, '.gitignore'), 'utf8')
    .split('\n')
    .filter((line) => /^[^#\s]/.test(line))
  const ignored = rules.map(nameRule)
  function walk(folder: string): string[] {
    return readdirSync(join(ROOT, folder), { withFileTypes: true }).flatMap((entry) => {
      if (entry.name === '.git' || ignored.some((isIgnored) => isIgnored(entry))) return []
      const path = folder === '' ? entry.name : `${folder}/${entry.name}`
      return entry.isDirectory() ? walk(path) : [path]
    })
  }
  return walk('')
}

/** What a line of .gitignore says of names, wherever they are; ours are of no other kind. */
function nameRule(line: string): (entry: Dirent) => boolean {
  const [, name = '', slash] = /^([\w.*-]+)(\/?)$/.exec(line) ?? []
  if (name === '') throw new Error(`.gitignore has a line that this test cannot read: ${line}`)
  const pattern = new RegExp(`^${name.replaceAll('.', '\\.').replaceAll('*', '.*')}$`)
  return (entry) => pattern.test(entry.name) && (slash === '' || entry.isDirectory())
}

/** All but this file, which names what others must not. */
const files = (listedByGit() ?? listedByWalk()).filter((file) => file !== 'tests/repository.test.ts')

const read = (file: string): string => readFileSync(join(ROOT, file), 'utf8')

/** The cells of the first Markdown table in `file` whose first heading is `first`, without their backticks. */
function table(file: string, first: string): string[][] {
  const [, after = ''] = read(file).split(new RegExp(`^\\| ${first} \\|.*\\n\\|[-|]+\\|\\n`, 'm'))
  const rows = after
    .slice(0, /^(?!\|)/m.exec(after)?.index)
    .trimEnd()
    .split('\n')
  return rows.map((row) =>
    row
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim().replaceAll('`', '')),
  )
}

function filesThatSay(pattern: RegExp): string[] {
  return files.filter((file) => pattern.test(read(file)))
}

test('where there is no git, the same files are looked at', () => {
  const found = listedByWalk().sort()
  expect(found).toContain('packages/server/src/main.ts')
  // Whatever else somebody lets git ignore on their own machine.
  expect(found).toEqual((listedByGit('--exclude-per-directory=.gitignore') ?? found).sort())
})

test('every path in the hop table of ARCHITECTURE.md is there', () => {
  const paths = table('ARCHITECTURE.md', 'Hop').map(([, path = '']) => path)
  expect(paths.length).toBeGreaterThan(8)
  expect(paths.filter((path) => !existsSync(join(ROOT, path)))).toEqual([])
})

test('every path that ARCHITECTURE.md, README.md and CONTRIBUTING.md link to is there', () => {
  const missing = ['ARCHITECTURE.md', 'README.md', 'CONTRIBUTING.md'].flatMap((file) =>
    [...read(file).matchAll(/\]\((?!https?:|#)([^)#]+)\)/g)].map(([, path = '']) => path),
  )
  expect(missing.filter((path) => !existsSync(join(ROOT, path)))).toEqual([])
})

/** Names and defaults of variables, as a table has them. */
function variablesIn(file: string): (string | undefined)[][] {
  return table(file, 'Variable').map(([name, fallback]) => [name, fallback === 'none' ? '' : fallback])
}

test('the table in docs/configuration.md has every variable with its default', () => {
  const variables = Object.entries(VARIABLES).map(([name, { fallback }]) => [name, fallback])
  const byName = ([a = '']: (string | undefined)[], [b = '']: (string | undefined)[]) => (a < b ? -1 : 1)
  expect(variablesIn('docs/configuration.md').sort(byName)).toEqual(variables.sort(byName))
})

test('the variables that README.md shows are among them', () => {
  const all = variablesIn('docs/configuration.md').map(([name, fallback]) => `${name} ${fallback}`)
  const shown = variablesIn('README.md').map(([name, fallback]) => `${name} ${fallback}`)
  expect(shown.length).toBeGreaterThan(5)
  expect(shown.filter((one) => !all.includes(one))).toEqual([])
})

test('docs/errors.md has every error code, whether to try again, and the close code', () => {
  const documented = table('docs/errors.md', 'Code').map(([code, retry, close]) => [code, retry, Number(close)])
  expect(documented).toEqual(Object.entries(ERROR_RULES).map(([code, { retry, close }]) => [code, retry, close]))
  for (const [code, , , meaning] of table('docs/errors.md', 'Code')) expect(meaning, code).toMatch(/\S/)
})

test('docs/errors.md has every close code, and whether a client comes back', () => {
  const documented = table('docs/errors.md', 'Close').map(([close, back]) => [Number(close), back])
  expect(documented).toEqual(Object.values(CLOSE).map((code) => [code, comesBack(code) ? 'yes' : 'no']))
})

test('no test is focused or skipped', () => {
  const tests = files.filter((file) => /\.test\.tsx?$/.test(file))
  const pattern = /\b(?:test|it|describe)\s*\.(?:only|skip|todo|fails)\b|\b(?:xit|xtest|xdescribe|fit|fdescribe)\(/
  expect(tests.filter((file) => pattern.test(read(file)))).toEqual([])
})

test('no file names a folder of the machine it was written on', () => {
  expect(filesThatSay(/(?:^|[\s"'`(=:])\/(?:work|root|home)\//)).toEqual([])
})

test('no file names the host of a package registry', () => {
  expect(filesThatSay(/registry\.(?:npmjs\.org|yarnpkg\.com)|npm\.pkg\.github\.com/)).toEqual([])
})

test('no file tells how it came to be written', () => {
  const pattern =
    /co-authored-by|generated (?:by|with) |language model|\bchatbot\b|\bthe brief\b|\bfounder\b|\bmy task\b/i
  expect(filesThatSay(pattern)).toEqual([])
})
