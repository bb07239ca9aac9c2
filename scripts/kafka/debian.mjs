import { existsSync } from 'node:fs'
import { outputOf } from './output-of.mjs'

/** Whether packages may be installed here without asking: on Debian, as root. */
export function canInstall() {
  return process.getuid?.() === 0 && existsSync('/etc/debian_version')
}

/**
 * Installs packages. What fails shows when their content is looked for again; what apt-get said of it has been seen.
 *
 * @param {readonly string[]} packages
 * @param {(text: string) => void} say
 */
export async function install(packages, say) {
  say(`Installing ${packages.join(' and ')} with apt-get, once …`)
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
  await outputOf('apt-get', ['update', '-qq'], { env })
  await outputOf(
    'apt-get',
    ['install', '-qq', '-o', 'DPkg::Lock::Timeout=600', '--no-install-recommends', ...packages],
    { env },
  )
}
