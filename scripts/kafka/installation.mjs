import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { CACHE } from '../runtime.mjs'
import { withClassArchive } from './class-archive.mjs'
import { ensureJava } from './java.mjs'
import { requireSharedMemory } from './memory-folder.mjs'
import { outputOf } from './output-of.mjs'
import { Unavailable } from './unavailable.mjs'

const COPY = 'org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies'

/** @typedef {{ name: string, artifacts: readonly string[] }} Release by Maven coordinates, with something that prints its log. */
/** @typedef {{ java: string, classPath: string, flags: readonly string[] }} Installation what a broker is started with. */

export const RELEASES = {
  kraft: {
    name: 'kafka-4.3.1',
    artifacts: [
      'org.apache.kafka:kafka_2.13:4.3.1',
      'org.apache.kafka:kafka-tools:4.3.1',
      'org.slf4j:slf4j-simple:1.7.36',
    ],
  },
  zookeeper: {
    name: 'kafka-3.9.2',
    artifacts: ['org.apache.kafka:kafka_2.13:3.9.2', 'org.slf4j:slf4j-simple:1.7.36'],
  },
}

/**
 * Finds Java and Kafka's jars, and brings what is missing: Java and Maven from Debian, where that is possible, the jars with Maven,
 * once. Several processes may ask at the same time.
 *
 * @param {{ release?: Release, say?: (text: string) => void }} [options]
 * @returns {Promise<Installation>}
 * @throws {Unavailable} when Kafka cannot be had here, saying what is needed.
 */
export async function ensureKafka({ release = RELEASES.kraft, say = () => undefined } = {}) {
  requireSharedMemory()
  const jars = join(CACHE, release.name)
  const java = await ensureJava({ withMaven: !existsSync(jars), say })
  if (!existsSync(jars)) await bringJars(release, jars, say)
  const classPath = readdirSync(jars)
    .sort()
    .map((jar) => join(jars, jar))
  const installation = { java, classPath: classPath.join(delimiter), flags: [] }
  return release === RELEASES.kraft ? withClassArchive(installation, `${jars}.jsa`, say) : installation
}

/**
 * @param {Release} release
 * @param {string} jars the folder they go into; complete, or not there.
 * @param {(text: string) => void} say
 */
async function bringJars({ name, artifacts }, jars, say) {
  say(`Bringing ${name} with Maven, once …`)
  mkdirSync(CACHE, { recursive: true })
  const folder = mkdtempSync(`${jars}-`)
  try {
    const pom = join(folder, 'pom.xml')
    const brought = join(folder, 'jars')
    writeFileSync(pom, pomOf(artifacts))
    const options = ['-q', '-B', '-f', pom, '-DincludeScope=runtime', `-DoutputDirectory=${brought}`]
    // One Maven at a time: they share a repository. Whoever waited finds the jars there.
    const maven = 'test -d "$0" || exec mvn "$@"'
    if ((await outputOf('flock', [join(CACHE, 'kafka.lock'), 'sh', '-c', maven, jars, COPY, ...options])) === undefined)
      throw new Unavailable(`Maven could not bring ${artifacts.join(', ')}; what it says above is why.`)
    if (!existsSync(jars)) renameSync(brought, jars)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** @param {readonly string[]} artifacts */
function pomOf(artifacts) {
  const dependencies = artifacts.map((artifact) => {
    const [group, id, version] = artifact.split(':')
    return `<dependency><groupId>${group}</groupId><artifactId>${id}</artifactId><version>${version}</version></dependency>`
  })
  return `<project>
<modelVersion>4.0.0</modelVersion>
<groupId>whisperrooms</groupId><artifactId>kafka</artifactId><version>1</version><packaging>pom</packaging>
<dependencies>
${dependencies.join('\n')}
</dependencies>
</project>
`
}
