import type { AuthConfig } from '../auth-config.ts'
import type { Clock, WallClock } from '../clock.ts'
import { keySet } from './key-set.ts'
import { readJwks } from './read-jwks.ts'
import { type Tokens, tokens } from './tokens.ts'
import { subjectHash } from './via.ts'

export interface TokensSurroundings {
  /** The gateways' own secret. */
  readonly secret: Uint8Array
  readonly clock: Clock
  readonly wallClock: WallClock
  /** Told what went wrong and is lived with. */
  readonly trouble: (what: string, error: unknown) => void
}

/** What reads tokens, as the operator wants it. Loaded only where tokens are asked for. */
export function loadTokens(config: AuthConfig, { secret, clock, wallClock, trouble }: TokensSurroundings): Tokens {
  const { secrets, jwksUrl, issuer, audience } = config
  const failed = (error: unknown): void => trouble('the keys of WR_JWKS_URL cannot be read', error)
  return tokens({
    secrets,
    keySet: jwksUrl === undefined ? undefined : keySet({ read: () => readJwks(jwksUrl), clock, failed }),
    issuer,
    audience,
    wallClock,
    subjectOf: subjectHash(secret),
  })
}
