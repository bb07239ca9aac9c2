/** What others call some settings. */
const OTHER_NAMES: ReadonlyMap<string, string> = new Map([
  ['KAFKA_BOOTSTRAP_SERVER', 'KAFKA_BROKERS'],
  ['KAFKA_BOOTSTRAP_SERVERS', 'KAFKA_BROKERS'],
])

/** Short names have neighbours that mean something else: so many characters behind the prefix may be mistyped once, and more twice. */
const TYPED_ONCE = 4
const TYPED_TWICE = 7

/**
 * Which setting somebody probably meant by a name that is none: one that others use, one with words around it or left out
 * (`KAFKA_SASL_PASSWORD`, `KAFKA_USER`), or one with up to two characters mistyped.
 *
 * @returns `undefined` when it is near none of the known names.
 */
export function meantBy(name: string, known: readonly string[]): string | undefined {
  const other = OTHER_NAMES.get(name)
  if (other !== undefined) return other
  const ways: readonly ((candidate: string) => boolean)[] = [
    (candidate) => candidate === bare(name),
    (candidate) => isBegun(name, candidate) || isBegun(bare(name), candidate),
    (candidate) => isExtended(name, candidate),
    (candidate) => isTyped(name, candidate),
  ]
  for (const way of ways) {
    const found = known.find(way)
    if (found !== undefined) return found
  }
  return undefined
}

/** Without the words that other programs put before a user, a password or a file. */
function bare(name: string): string {
  const tls = name.replace(/_SSL$/, '_TLS')
  return tls.replace(/_(?:SASL|SSL|TLS)(?=_)/, '')
}

const isBegun = (name: string, known: string): boolean =>
  name.length > prefixOf(name).length + 1 && known.startsWith(name)

/** Whether it is the known name and one word more. */
const isExtended = (name: string, known: string): boolean =>
  name.startsWith(`${known}_`) && !name.slice(known.length + 1).includes('_')

function isTyped(name: string, known: string): boolean {
  const prefix = prefixOf(name)
  const length = known.length - prefix.length
  if (!known.startsWith(prefix) || length < TYPED_ONCE) return false
  return distance(name, known) <= (length < TYPED_TWICE ? 1 : 2)
}

const prefixOf = (name: string): string => name.slice(0, name.indexOf('_') + 1)

/** How many characters have to be put in, taken out or exchanged (Levenshtein). */
function distance(one: string, other: string): number {
  let row = Array.from({ length: other.length + 1 }, (_, i) => i)
  for (const [i, char] of Array.from(one).entries()) {
    const next = [i + 1]
    for (let j = 1; j <= other.length; j++) {
      const exchanged = (row[j - 1] ?? 0) + (char === other[j - 1] ? 0 : 1)
      next.push(Math.min(exchanged, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1))
    }
    row = next
  }
  return row[other.length] ?? 0
}
