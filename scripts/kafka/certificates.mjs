import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { canInstall, install } from './debian.mjs'
import { outputOf } from './output-of.mjs'
import { Unavailable } from './unavailable.mjs'

/** The common name of the client's certificate: who that client is to the broker. */
export const CLIENT = 'client'

const DAYS = 2

/** Instead of what the machine's own configuration of OpenSSL says. */
const CONFIGURATION = `[req]
distinguished_name=names
[names]
[authority]
basicConstraints=critical,CA:TRUE
keyUsage=critical,keyCertSign
[member]
basicConstraints=critical,CA:FALSE
subjectAltName=DNS:localhost,IP:127.0.0.1
`

/** @typedef {{ readonly cert: string, readonly key: string }} Identity PEM texts. */

/**
 * Makes an authority that nobody else trusts, and certificates of it for a broker on this machine and for a client.
 *
 * @param {string} folder they are also left there.
 * @returns {Promise<{ ca: string, broker: Identity, client: Identity }>}
 * @throws {Unavailable} when there is no OpenSSL 3.
 */
export async function makeCertificates(folder) {
  await ensureOpenssl()
  const configuration = join(folder, 'openssl.cnf')
  await writeFile(configuration, CONFIGURATION)
  const path = (name) => join(folder, name)

  /** @returns {Promise<Identity>} */
  async function make(name, subject, ...more) {
    const args = ['req', '-x509', '-config', configuration, '-days', DAYS, '-subj', `/CN=${subject}`, ...more]
    const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-keyout', path(`${name}.key`)]
    if ((await outputOf('openssl', [...args, ...key, '-out', path(`${name}.pem`)])) === undefined)
      throw new Error('OpenSSL made no certificate.')
    const [pem, privateKey] = await Promise.all(
      [`${name}.pem`, `${name}.key`].map((file) => readFile(path(file), 'utf8')),
    )
    return { cert: pem, key: privateKey }
  }

  const { cert: ca } = await make('ca', 'WhisperRooms tests', '-extensions', 'authority')
  const ofAuthority = ['-extensions', 'member', '-CA', path('ca.pem'), '-CAkey', path('ca.key')]
  const [broker, client] = await Promise.all([
    make('broker', 'localhost', ...ofAuthority),
    make('client', CLIENT, ...ofAuthority),
  ])
  return { ca, broker, client }
}

async function ensureOpenssl() {
  if (!(await hasOpenssl()) && canInstall()) await install(['openssl'], () => undefined)
  if (!(await hasOpenssl()))
    throw new Unavailable('A broker with TLS needs OpenSSL 3 on the path (Debian: apt-get install openssl).')
}

async function hasOpenssl() {
  const version = await outputOf('openssl', ['version'], { quietly: true })
  return Number(/^OpenSSL (\d+)/.exec(version ?? '')?.[1]) >= 3
}
