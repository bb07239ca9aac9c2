import { createSecretKey } from 'node:crypto'
import { cleanName, LIMITS, type Role, type RoomId } from '@whisperrooms/protocol'
import { decodeProtectedHeader, errors, type JWTPayload, type JWTVerifyOptions, jwtVerify } from 'jose'
import type { WallClock } from '../clock.ts'
import { type KeySet, KeysUnavailable } from './key-set.ts'
import { readRoomRoles, roleIn } from './room-roles.ts'

/** What a token says of whoever shows it, in one room. */
export interface TokenClaims {
  /** Who it is, as a keyed hash: the name itself is kept nowhere. */
  readonly subject: string
  /** The only name they may go by; `undefined`: whatever they like. */
  readonly name: string | undefined
  readonly role: Role
  /** Wall clock, milliseconds. */
  readonly expiresMs: number
}

export type TokenAnswer =
  | { readonly ok: true; readonly claims: TokenClaims }
  | { readonly ok: false; readonly code: 'bad_token' | 'expired_token' | 'auth_unavailable' }

/**
 * JSON Web Tokens (RFC 7519) of somebody who says who may come in.
 *
 * Guarantees to its users:
 * - What is read as `ok` was signed by a key of the operator's, with the algorithm that goes with the key, and opens this room now.
 * - A signature that cannot be judged because its key cannot be had is `auth_unavailable`, never `ok`.
 * - It does not throw, whatever a token is.
 */
export interface Tokens {
  /** @param token `undefined` is a bad one. */
  read(token: string | undefined, room: RoomId): Promise<TokenAnswer>
  /** Whether what was read has ended since. */
  isOver(claims: TokenClaims): boolean
}

export interface TokensOptions {
  readonly secrets: readonly string[]
  /** `undefined`: nothing but secrets signs. */
  readonly keySet: KeySet | undefined
  readonly issuer: string | undefined
  readonly audience: string | undefined
  /** A token's times are of no other clock. */
  readonly wallClock: WallClock
  /** What a subject is called in a room. */
  readonly subjectOf: (room: RoomId, subject: string) => string
}

/** An algorithm goes with one kind of key: no public key can be taken for a secret, and none for no key at all. */
const OF_SECRETS = ['HS256']
const OF_KEY_SET = ['RS256', 'ES256', 'EdDSA']
/** By how much the issuer's clock may be ahead, in seconds; those kept by NTP differ by less than one. It delays no end: `exp` is exact. */
const TOLERANCE_SECONDS = 5
const LONGEST_SUBJECT = 256

const refused = (code: 'bad_token' | 'expired_token' | 'auth_unavailable'): TokenAnswer => ({ ok: false, code })

export function tokens(options: TokensOptions): Tokens {
  const { keySet, issuer, audience, wallClock, subjectOf } = options
  const secrets = options.secrets.map((secret) => createSecretKey(secret, 'utf8'))

  function judging(algorithms: string[]): JWTVerifyOptions {
    return {
      algorithms,
      requiredClaims: ['exp', 'sub'],
      clockTolerance: TOLERANCE_SECONDS,
      currentDate: wallClock(),
      ...(issuer === undefined ? {} : { issuer }),
      ...(audience === undefined ? {} : { audience }),
    }
  }

  async function verified(token: string): Promise<JWTPayload> {
    if (!isCanonical(token)) throw new errors.JWTInvalid()
    const { alg = '' } = decodeProtectedHeader(token)
    if (OF_SECRETS.includes(alg)) return bySecret(token)
    if (keySet === undefined || !OF_KEY_SET.includes(alg)) throw new errors.JOSEAlgNotAllowed()
    const { payload } = await jwtVerify(token, (header, input) => keySet.find(header, input), judging(OF_KEY_SET))
    return payload
  }

  async function bySecret(token: string): Promise<JWTPayload> {
    for (const secret of secrets) {
      try {
        return (await jwtVerify(token, secret, judging(OF_SECRETS))).payload
      } catch (error) {
        if (!(error instanceof errors.JWSSignatureVerificationFailed)) throw error
      }
    }
    throw new errors.JWSSignatureVerificationFailed()
  }

  function judge({ sub, exp = 0, name, rooms }: JWTPayload, room: RoomId): TokenAnswer {
    const roles = readRoomRoles(rooms)
    const role = roles === undefined ? undefined : roleIn(roles, room)
    const shown = name === undefined ? undefined : nameOf(name)
    if (role === undefined || (name !== undefined && shown === undefined)) return refused('bad_token')
    if (typeof sub !== 'string' || sub === '' || sub.length > LONGEST_SUBJECT) return refused('bad_token')
    const claims = { subject: subjectOf(room, sub), name: shown, role, expiresMs: exp * 1000 }
    return isOver(claims) ? refused('expired_token') : { ok: true, claims }
  }

  const isOver = ({ expiresMs }: TokenClaims): boolean => expiresMs <= wallClock().getTime()

  return {
    async read(token, room) {
      if (token === undefined) return refused('bad_token')
      try {
        return judge(await verified(token), room)
      } catch (error) {
        if (error instanceof errors.JWTExpired) return refused('expired_token')
        // Whatever else it brings about opens nothing.
        return refused(error instanceof KeysUnavailable ? 'auth_unavailable' : 'bad_token')
      }
    },
    isOver,
  }
}

/** Whether it is written in the one way there is: the last character of base64url may hold bits that mean nothing. */
function isCanonical(token: string): boolean {
  return token.split('.').every((part) => Buffer.from(part, 'base64url').toString('base64url') === part)
}

/** A longer name is cut: whoever issues tokens knows nothing of our limit. */
function nameOf(name: unknown): string | undefined {
  if (typeof name !== 'string') return undefined
  const begin = name.slice(0, LIMITS.nameChars).replace(/[\uD800-\uDBFF]$/, '')
  return cleanName(name) ?? cleanName(begin)
}
