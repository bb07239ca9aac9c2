import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { canInstall, install } from './debian.mjs'
import { Unavailable } from './unavailable.mjs'

/** Below it, one folder for each kind of machine. */
const LIBRARIES = '/usr/lib'
const LIBRARY = 'faketime/libfaketimeMT.so.1'

/**
 * Finds libfaketime, which gives a process another time of day; on Debian, as root, installs it.
 *
 * @param {{ say?: (text: string) => void }} [options]
 * @returns {Promise<string>} the path of the library, as `LD_PRELOAD` wants it.
 * @throws {Unavailable} when it cannot be had.
 */
export async function ensureFaketime({ say = () => undefined } = {}) {
  if (findLibrary() === undefined && canInstall()) await install(['libfaketime'], say)
  const library = findLibrary()
  if (library === undefined)
    throw new Unavailable('Another time of day needs libfaketime (Debian: apt-get install libfaketime).')
  return library
}

function findLibrary() {
  if (!existsSync(LIBRARIES)) return undefined
  return [LIBRARIES, ...readdirSync(LIBRARIES).map((name) => join(LIBRARIES, name))]
    .map((folder) => join(folder, LIBRARY))
    .find((path) => existsSync(path))
}
