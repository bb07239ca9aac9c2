import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { CACHE, fail, ROOT, runNode, say } from './runtime.mjs'

/** What the page is made from. */
const INPUTS = ['package-lock.json', 'tsconfig.base.json', 'packages/web', 'packages/client', 'packages/protocol']
const NOT_INPUTS = /^(?:dist|node_modules|testing|.*\.test\.tsx?)$/
const BUILT = join(ROOT, 'packages', 'web', 'dist', 'index.html')
/** Holds the hash of the inputs of the last build. */
const STAMP = join(CACHE, 'page')

/** Builds the page, unless it is built from the sources as they are. */
export async function ensurePage() {
  const hash = hashOf(INPUTS)
  if (existsSync(BUILT) && existsSync(STAMP) && readFileSync(STAMP, 'utf8') === hash) return
  say('Building the page …')
  // A build that is interrupted leaves no stamp, so that the next start builds again.
  rmSync(STAMP, { force: true })
  const code = await runNode('node_modules/vite/bin/vite.js', 'build', 'packages/web', '--logLevel', 'warn')
  if (code !== 0) fail('The page could not be built; what vite says above is why.')
  mkdirSync(CACHE, { recursive: true })
  writeFileSync(STAMP, hash)
}

/** @param {readonly string[]} paths files and folders, relative to the root. */
function hashOf(paths) {
  const hash = createHash('sha256')
  for (const file of paths.flatMap(filesIn)) {
    const content = readFileSync(join(ROOT, file))
    hash.update(`${file} ${content.length}\n`).update(content)
  }
  return hash.digest('hex')
}

/**
 * @param {string} path
 * @returns {string[]} itself, or all files below it.
 */
function filesIn(path) {
  if (statSync(join(ROOT, path)).isFile()) return [path]
  return readdirSync(join(ROOT, path))
    .filter((name) => !NOT_INPUTS.test(name))
    .sort()
    .flatMap((name) => filesIn(`${path}/${name}`))
}
