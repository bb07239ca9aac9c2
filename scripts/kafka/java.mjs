import { existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { canInstall, install } from './debian.mjs'
import { outputOf } from './output-of.mjs'
import { Unavailable } from './unavailable.mjs'

/** Kafka 4 needs at least this. */
const OLDEST_JAVA = 17

/**
 * Finds Java, and Maven if it is asked for; on Debian, as root, installs what is missing.
 *
 * @param {{ withMaven: boolean, say: (text: string) => void }} options
 * @returns {Promise<string>} the path of `java`.
 * @throws {Unavailable} when one of them cannot be had, saying which.
 */
export async function ensureJava({ withMaven, say }) {
  const missing = await missingTools(withMaven)
  if (missing.length > 0 && canInstall())
    await install(
      missing.map(({ debian }) => debian),
      say,
    )
  const java = await findJava()
  const still = await missingTools(withMaven)
  if (java === undefined || still.length > 0)
    throw new Unavailable(
      `Kafka needs ${still.map(({ name }) => name).join(' and ')} on the path (Debian: apt-get install ${still.map(({ debian }) => debian).join(' ')}).`,
    )
  return java
}

/** @param {boolean} withMaven */
async function missingTools(withMaven) {
  const missing = []
  if ((await findJava()) === undefined)
    missing.push({ name: `Java ${OLDEST_JAVA} or later`, debian: 'openjdk-17-jre-headless' })
  if (withMaven && (await outputOf('mvn', ['--version'], { quietly: true })) === undefined)
    missing.push({ name: 'Maven', debian: 'maven' })
  return missing
}

/** The Java of `JAVA_HOME`, or else the first on the path that is new enough. */
async function findJava() {
  const homes = [
    process.env.JAVA_HOME && join(process.env.JAVA_HOME, 'bin'),
    ...(process.env.PATH ?? '').split(delimiter),
  ]
  for (const folder of homes) {
    if (!folder) continue
    const java = join(folder, process.platform === 'win32' ? 'java.exe' : 'java')
    const version = existsSync(java) ? await outputOf(java, ['-version'], { quietly: true }) : undefined
    if (Number(/version "(\d+)/.exec(version ?? '')?.[1]) >= OLDEST_JAVA) return java
  }
  return undefined
}
