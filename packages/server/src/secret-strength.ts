/** Secrets that stand where everybody can read them: they sign nothing. */
const KNOWN: ReadonlySet<string> = new Set(['at-least-32-characters-long-for-all', 'a secret of 32 characters or more'])
/** What people write where a secret should be. */
const PLACEHOLDER =
  /change.?me|replace.?me|example|your.?secret|secret.?secret|password|passwort|0123456789|abcdefgh|qwerty/i
const FEWEST_CHARACTERS = 10

/**
 * Why nobody should rely on a secret that is long enough: it is known, a placeholder, or hardly random.
 *
 * @returns what it must be instead; `undefined`: nothing is known against it.
 */
export function weaknessOf(secret: string | undefined): string | undefined {
  if (secret === undefined) return undefined
  if (KNOWN.has(secret) || PLACEHOLDER.test(secret))
    return 'must not be an example: take what `openssl rand -base64 33` prints'
  const isRepeated = /^(.{1,16}?)\1+.{0,15}$/s.test(secret)
  if (isRepeated || new Set(secret).size < FEWEST_CHARACTERS)
    return 'must be random: take what `openssl rand -base64 33` prints'
  return undefined
}
