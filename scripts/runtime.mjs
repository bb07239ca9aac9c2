import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

// Everything in this folder but `dev-page.mjs` and `asyncapi/` runs before anything is installed, on any Node from 18 on: no dependencies,
// no TypeScript.

export const ROOT = fileURLToPath(new URL('..', import.meta.url))

/** The repository's own Node, whichever one the caller has: the version all else is run and tested with. */
export const NODE = join(ROOT, 'node_modules', 'node', 'bin', process.platform === 'win32' ? 'node.exe' : 'node')

/** Where what can be made again is kept. */
export const CACHE = join(ROOT, 'node_modules', '.cache', 'whisperrooms')

/** @param {string} text */
export function say(text) {
  process.stdout.write(`${text}\n`)
}

/**
 * Ends the process with an explanation.
 *
 * @param {string} text
 * @returns {never}
 */
export function fail(text) {
  process.stderr.write(`${text}\n`)
  process.exit(1)
}

/**
 * Runs a program in the repository's root, its output where ours goes.
 *
 * @param {string} command
 * @param {readonly string[]} args
 * @param {import('node:child_process').SpawnOptions} [options]
 * @returns {Promise<number>} its exit code.
 */
export function run(command, args, options = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd: ROOT, stdio: 'inherit', ...options })
    child.once('error', reject)
    child.once('exit', (code) => resolve(code ?? 1))
  })
}

/**
 * Runs a script with the repository's own Node.
 *
 * @param {readonly string[]} args the script, relative to the root, and what it is given.
 * @returns {Promise<number>} its exit code.
 */
export function runNode(...args) {
  return run(NODE, args)
}
