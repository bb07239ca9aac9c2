import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { NODE, ROOT, run } from '../runtime.mjs'
import { npmPack } from './npm-pack.mjs'
import { stageModules, stagePackage } from './stage.mjs'

/** In this order: each needs the built types of those before it. */
export const PACKAGES = ['protocol', 'client', 'server']

const TSC = join(ROOT, 'node_modules', 'typescript', 'bin', 'tsc')

/**
 * Builds the packages as JavaScript with types, and packs them. In the repository they are the TypeScript itself, which Node does not run
 * inside of `node_modules`.
 *
 * @param {string} destination the folder that gets the tarballs; it is made if need be.
 * @returns {Promise<string[]>} the paths of the tarballs.
 * @throws when one of them cannot be built.
 */
export async function packAll(destination) {
  mkdirSync(destination, { recursive: true })
  const stage = mkdtempSync(join(tmpdir(), 'whisperrooms-pack-'))
  try {
    stageModules(stage, PACKAGES)
    const files = []
    for (const name of PACKAGES) {
      const folder = stagePackage(stage, name)
      if ((await run(NODE, [TSC, '-p', folder])) !== 0)
        throw new Error(`@whisperrooms/${name} could not be built; what tsc says above is why.`)
      files.push(await npmPack(folder, destination))
    }
    return files
  } finally {
    rmSync(stage, { recursive: true, force: true })
  }
}
