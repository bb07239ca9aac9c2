import { spawn } from 'node:child_process'

/**
 * @param {string} command
 * @param {readonly string[]} args
 * @param {{ env?: NodeJS.ProcessEnv, quietly?: boolean }} [options] `quietly`: it may well fail.
 * @returns {Promise<string | undefined>} all it wrote; undefined when it failed, and then its output is on ours.
 */
export function outputOf(command, args, { env = process.env, quietly = false } = {}) {
  return new Promise((resolve) => {
    const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'], env })
    let output = ''
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', (text) => {
        output += text
      })
    child.once('error', () => resolve(undefined))
    child.once('close', (code) => {
      if (code !== 0 && !quietly) process.stderr.write(output)
      resolve(code === 0 ? output : undefined)
    })
  })
}
