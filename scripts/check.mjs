import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { ensureInstalled } from './install.mjs'
import { ROOT, runNode, say } from './runtime.mjs'

await ensureInstalled()

/** Every folder with types of its own to check. */
const PROJECTS = [
  ...['packages', 'examples'].flatMap((folder) => readdirSync(join(ROOT, folder)).map((name) => `${folder}/${name}`)),
  'tests',
  'bench',
  '.',
].filter((folder) => existsSync(join(ROOT, folder, 'tsconfig.json')))
/** @type {[string, () => Promise<number>][]} */
const CHECKS = [
  ...PROJECTS.map((project) => [`tsc -p ${project}`, () => runNode('node_modules/typescript/bin/tsc', '-p', project)]),
  ['oxlint', () => runNode('node_modules/oxlint/bin/oxlint', '--deny-warnings')],
  ['biome', () => runNode('node_modules/@biomejs/biome/bin/biome', 'check', '--error-on-warnings')],
]

const failed = []
for (const [name, check] of CHECKS) {
  say(`> ${name}`)
  if ((await check()) !== 0) failed.push(name)
}
say(failed.length === 0 ? 'All checks passed.' : `Failed: ${failed.join(', ')}.`)
if (failed.length > 0) process.exitCode = 1
