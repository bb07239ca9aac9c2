import { existsSync, readFileSync } from 'node:fs'
import { delimiter, dirname, join, relative } from 'node:path'
import { fail, NODE, ROOT, run, say } from './runtime.mjs'

const OLDEST_NODE = 18
const QUIETLY = ['--include=dev', '--no-audit', '--no-fund', '--loglevel=error']

/**
 * A package as lock files describe it.
 *
 * @typedef {{ version?: string, link?: boolean, optional?: boolean, os?: string[], cpu?: string[], libc?: string[] }} Package
 */

/** Installs the packages of the lock file, unless they are there. */
export async function ensureInstalled() {
  if (firstMissing() === undefined) return
  if (Number.parseInt(process.versions.node, 10) < OLDEST_NODE)
    fail(`This needs Node ${OLDEST_NODE} or later to begin with; here is ${process.versions.node}.`)
  say('Installing packages, once, for about half a minute …')
  if ((await npm(['ci', ...QUIETLY])) !== 0) fail('npm could not install the packages; what it says above is why.')
  if (!existsSync(NODE))
    fail('The npm package `node` is incomplete: its install script has not run. Allow it, and try again.')
  if (firstMissing() === undefined) return
  // An npm on an older Node leaves out binaries of packages that ask for a newer one. With our own Node it brings them.
  if ((await npm(['install', '--no-save', ...QUIETLY], NODE)) !== 0)
    fail('npm could not install what was still missing; what it says above is why.')
  const missing = firstMissing()
  if (missing !== undefined) fail(`npm says that all is installed, but ${missing} is not as package-lock.json has it.`)
}

/** @returns the path of something npm has not installed as the lock file says for this machine; undefined when all is there. */
function firstMissing() {
  const wanted = packagesIn('package-lock.json')
  const installed = packagesIn('node_modules/.package-lock.json')
  if (wanted === undefined) return 'package-lock.json'
  if (installed === undefined) return 'node_modules'
  if (!existsSync(NODE)) return relative(ROOT, NODE)
  return Object.keys(wanted).find((path) => {
    const entry = wanted[path]
    return path !== '' && !entry.link && isNeeded(entry) && installed[path]?.version !== entry.version
  })
}

/** @param {Package} entry */
function isNeeded({ optional, os, cpu, libc }) {
  if (!optional) return true
  // The rest of what is optional are binaries, one per kind of machine. The package `node` has none for musl.
  return (os?.includes(process.platform) && cpu?.includes(process.arch) && (libc?.includes('glibc') ?? true)) ?? false
}

/**
 * @param {string} lockFile
 * @returns {Record<string, Package> | undefined}
 */
function packagesIn(lockFile) {
  try {
    return JSON.parse(readFileSync(join(ROOT, lockFile), 'utf8')).packages
  } catch {
    return undefined
  }
}

/**
 * Runs the npm that started us, or else the one on the path.
 *
 * @param {readonly string[]} args
 * @param {string | undefined} node what to run it with, if not with the Node it has.
 */
function npm(args, node) {
  const { npm_execpath: script, npm_node_execpath: usual } = process.env
  if (script?.endsWith('.js') && usual !== undefined && existsSync(usual)) return run(node ?? usual, [script, ...args])
  const env =
    node === undefined ? process.env : { ...process.env, PATH: [dirname(node), process.env.PATH].join(delimiter) }
  return run('npm', args, { env, shell: process.platform === 'win32' })
}
