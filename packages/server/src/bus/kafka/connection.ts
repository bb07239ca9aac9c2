import { createPrivateKey, X509Certificate } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import type { Clock } from '../../clock.ts'
import { ConnectionError } from './connection-error.ts'
import type { ConnectionSettings, SaslSettings } from './driver.ts'
import { fileToken, grantedToken } from './tokens.ts'

/** A secret, or the file that holds it. */
type Secret = { readonly text: string } | { readonly file: string }

/** How the operator wants brokers to be spoken to: as `ConnectionSettings`, with files not read yet. */
export interface ConnectionWishes {
  readonly tls:
    | {
        readonly caFile: string | undefined
        readonly certFile: string | undefined
        readonly keyFile: string | undefined
      }
    | undefined
  readonly sasl:
    | {
        readonly mechanism: 'PLAIN' | 'SCRAM-SHA-256' | 'SCRAM-SHA-512'
        readonly username: string
        readonly password: Secret
      }
    | {
        readonly mechanism: 'OAUTHBEARER'
        readonly token:
          | { readonly file: string }
          | {
              readonly url: string
              readonly clientId: string
              readonly clientSecret: Secret
              readonly scope: string | undefined
            }
      }
    | undefined
}

/**
 * Reads the files.
 *
 * @throws ConnectionError when one cannot be read, or holds something else.
 */
export async function connectionSettings(
  { tls, sasl }: ConnectionWishes,
  { clock }: { readonly clock: Clock },
): Promise<ConnectionSettings> {
  return {
    tls: tls && (await readTls(tls)),
    sasl: sasl && (await readSasl(sasl, clock)),
  }
}

async function readTls({ caFile, certFile, keyFile }: NonNullable<ConnectionWishes['tls']>) {
  const [ca, cert, key] = await Promise.all([
    caFile === undefined ? undefined : readPem('KAFKA_CA_FILE', caFile, isCertificate, 'certificate'),
    certFile === undefined ? undefined : readPem('KAFKA_CERT_FILE', certFile, isCertificate, 'certificate'),
    keyFile === undefined ? undefined : readPem('KAFKA_KEY_FILE', keyFile, isKey, 'private key without a passphrase'),
  ])
  if (cert !== undefined && key !== undefined && !new X509Certificate(cert).checkPrivateKey(createPrivateKey(key)))
    throw new ConnectionError('unusable_file', 'KAFKA_KEY_FILE', 'is not the key of KAFKA_CERT_FILE')
  return { ca, cert, key }
}

async function readSasl(wish: NonNullable<ConnectionWishes['sasl']>, clock: Clock): Promise<SaslSettings> {
  if (wish.mechanism !== 'OAUTHBEARER')
    return {
      mechanism: wish.mechanism,
      username: wish.username,
      password: await readSecret('KAFKA_PASSWORD_FILE', wish.password),
    }
  const { token } = wish
  if ('file' in token) return { mechanism: 'OAUTHBEARER', token: fileToken(token.file) }
  const clientSecret = await readSecret('KAFKA_CLIENT_SECRET_FILE', token.clientSecret)
  return { mechanism: 'OAUTHBEARER', token: grantedToken({ ...token, clientSecret, clock, fetch }) }
}

async function readPem(
  variable: string,
  path: string,
  isFit: (text: string) => boolean,
  what: string,
): Promise<string> {
  const text = await read(variable, path)
  if (!isFit(text)) throw new ConnectionError('unusable_file', variable, `names a file that holds no ${what} in PEM`)
  return text
}

async function readSecret(variable: string, secret: Secret): Promise<string> {
  if ('text' in secret) return secret.text
  const text = (await read(variable, secret.file)).replace(/\r?\n$/, '')
  if (text === '') throw new ConnectionError('unusable_file', variable, 'names a file that is empty')
  return text
}

async function read(variable: string, path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    throw ConnectionError.unreadable(variable, error)
  }
}

function isCertificate(text: string): boolean {
  return succeeds(() => new X509Certificate(text))
}

function isKey(text: string): boolean {
  return succeeds(() => createPrivateKey(text))
}

function succeeds(parse: () => unknown): boolean {
  try {
    parse()
    return true
  } catch {
    return false
  }
}
