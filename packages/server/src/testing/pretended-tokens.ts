import type { RoomId } from '@whisperrooms/protocol'
import type { TokenClaims, Tokens } from '../people/tokens.ts'
import type { ManualTime } from './manual-time.ts'

/** A token that says what it is worth, by the time of a test. */
export const tokenOf = (claims: Partial<TokenClaims> & { readonly room?: string } = {}): string =>
  JSON.stringify({ subject: 'ada-ada-ada-ada-', role: 'member', expiresMs: 3_600_000, ...claims })

/** Believes what tokens say of themselves; `away` cannot be judged, and what is no JSON is a bad one. */
export function pretendedTokens({ clock }: ManualTime): Tokens {
  const isOver = ({ expiresMs }: TokenClaims): boolean => expiresMs <= clock()
  return {
    async read(token, room: RoomId) {
      await Promise.resolve()
      if (token === 'away') return { ok: false, code: 'auth_unavailable' }
      if (token?.startsWith('{') !== true) return { ok: false, code: 'bad_token' }
      const claims: TokenClaims & { readonly room?: string } = JSON.parse(token)
      if (claims.room !== undefined && claims.room !== room) return { ok: false, code: 'bad_token' }
      return isOver(claims) ? { ok: false, code: 'expired_token' } : { ok: true, claims }
    },
    isOver,
  }
}
