import { execFile } from 'node:child_process'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { NODE } from '../runtime.mjs'

const WINDOWS = process.platform === 'win32'

/**
 * Packs what lies in a folder, as `npm publish` would.
 *
 * @param {string} folder
 * @param {string} destination
 * @returns {Promise<string>} the path of the tarball.
 */
export async function npmPack(folder, destination) {
  const { stdout } = await promisify(execFile)(
    WINDOWS ? 'npm.cmd' : 'npm',
    ['pack', '--ignore-scripts', '--silent', '--pack-destination', destination],
    {
      cwd: folder,
      shell: WINDOWS,
      env: { ...process.env, PATH: `${dirname(NODE)}${WINDOWS ? ';' : ':'}${process.env.PATH}` },
    },
  )
  const [name = ''] = stdout.trim().split('\n').slice(-1)
  return join(destination, name)
}
