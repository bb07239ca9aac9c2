/** A piece of a message: words, or an address one can follow. */
export type Piece =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'link'; readonly text: string; readonly href: string }

const ADDRESS = /\bhttps?:\/\/[^\s<>"'`\u2028\u2029]+/giu
/** Punctuation that ends a sentence rather than an address. */
const TRAILING = new Set('.,;:!?…*_~\'"’”»')
/** What closes which bracket. */
const OPENED_BY: Readonly<Record<string, string>> = { ')': '(', ']': '[', '}': '{' }

/** Finds http and https addresses in a text; nothing else becomes a link. Joined, the pieces are the text. */
export function piecesOf(text: string): readonly Piece[] {
  const pieces: Piece[] = []
  let end = 0
  for (const match of text.matchAll(ADDRESS)) {
    const address = trimAddress(match[0])
    const href = hrefOf(address)
    if (href === undefined) continue
    if (match.index > end) pieces.push({ kind: 'text', text: text.slice(end, match.index) })
    pieces.push({ kind: 'link', text: address, href })
    end = match.index + address.length
  }
  if (end < text.length) pieces.push({ kind: 'text', text: text.slice(end) })
  return pieces
}

/**
 * Takes off what belongs to the sentence: full stops, and brackets that the address did not open. One scan backwards, with
 * the brackets counted once: in a message made of them alone nothing takes longer.
 */
function trimAddress(found: string): string {
  const counts = new Map<string, number>()
  for (const letter of found) counts.set(letter, (counts.get(letter) ?? 0) + 1)
  let end = found.length
  for (; end > 0; end--) {
    const last = found.charAt(end - 1)
    const opener = OPENED_BY[last]
    if (opener !== undefined) {
      const closers = counts.get(last) ?? 0
      if (closers <= (counts.get(opener) ?? 0)) break
      counts.set(last, closers - 1)
    } else if (!TRAILING.has(last)) break
  }
  return found.slice(0, end)
}

function hrefOf(address: string): string | undefined {
  if (!URL.canParse(address)) return undefined
  const url = new URL(address)
  // An address with a user name in it looks like one site and leads to another.
  if (url.username !== '' || url.password !== '') return undefined
  return url.protocol === 'https:' || url.protocol === 'http:' ? url.href : undefined
}
