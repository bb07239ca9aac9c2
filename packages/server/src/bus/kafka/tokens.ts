import { readFile } from 'node:fs/promises'
import type { Clock } from '../../clock.ts'
import { ConnectionError } from './connection-error.ts'

/** Gives the bearer token to use now. @throws ConnectionError when there is none. */
export type Tokens = () => Promise<string>

/** How long a grant may take, in milliseconds: less than a connection may take to be made. */
const GRANT_MS = 4_000
/** A granted token is used for this part of its life. */
const USED_PART = 0.8

/** What is in a file, which somebody else keeps fresh. */
export function fileToken(path: string): Tokens {
  return async () => {
    const token = await readFile(path, 'utf8').catch((error: unknown) => {
      throw ConnectionError.unreadable('KAFKA_TOKEN_FILE', error)
    })
    if (!isToken(token.trim()))
      throw new ConnectionError('unusable_file', 'KAFKA_TOKEN_FILE', 'names a file that holds no bearer token')
    return token.trim()
  }
}

export interface Grant {
  readonly url: string
  readonly clientId: string
  readonly clientSecret: string
  readonly scope: string | undefined
  readonly clock: Clock
  readonly fetch: typeof fetch
}

/** What an OAuth 2.0 server grants for a client's credentials (RFC 6749, section 4.4), asked anew after four fifths of a token's life. */
export function grantedToken(grant: Grant): Tokens {
  const { clock } = grant
  let granted: { readonly token: string; readonly untilMs: number } | undefined
  let asking: Promise<string> | undefined

  async function askAnew(): Promise<string> {
    const askedMs = clock()
    const { token, lifeSeconds } = await ask(grant)
    granted = { token, untilMs: askedMs + lifeSeconds * 1000 * USED_PART }
    return token
  }

  return () => {
    if (granted !== undefined && clock() < granted.untilMs) return Promise.resolve(granted.token)
    asking ??= askAnew().finally(() => {
      asking = undefined
    })
    return asking
  }
}

async function ask({ url, clientId, clientSecret, scope, fetch }: Grant) {
  // RFC 6749, section 2.3.1: both parts are form-encoded first.
  const credentials = [clientId, clientSecret].map((part) => new URLSearchParams({ '': part }).toString().slice(1))
  const response = await fetch(url, {
    method: 'POST',
    headers: { authorization: `Basic ${Buffer.from(credentials.join(':')).toString('base64')}` },
    body: new URLSearchParams({ grant_type: 'client_credentials', ...(scope === undefined ? {} : { scope }) }),
    redirect: 'error',
    signal: AbortSignal.timeout(GRANT_MS),
  }).catch(() => {
    throw new ConnectionError('no_token', 'KAFKA_TOKEN_URL', 'does not answer')
  })
  if (!response.ok) throw new ConnectionError('no_token', 'KAFKA_TOKEN_URL', `answers with status ${response.status}`)
  const answer: unknown = await response.json().catch(() => undefined)
  if (!isGrant(answer)) throw new ConnectionError('no_token', 'KAFKA_TOKEN_URL', 'grants no bearer token')
  return { token: answer.access_token, lifeSeconds: Number(answer.expires_in) || 0 }
}

function isGrant(answer: unknown): answer is { access_token: string; expires_in?: unknown } {
  if (typeof answer !== 'object' || answer === null || !('access_token' in answer)) return false
  return typeof answer.access_token === 'string' && isToken(answer.access_token)
}

/** RFC 6750, section 2.1. */
function isToken(text: string): boolean {
  return /^[\w.~+/-]+=*$/.test(text)
}
