/** A piece of a message: words, or an address one can follow. */
export type Piece =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'link'; readonly text: string; readonly href: string }

const ADDRESS = /\bhttps?:\/\/[^\s<>"'`\u2028\u2029]+/giu
/** Punctuation that ends a sentence rather than an address. */
const TRAILING = /[.,;:!?…*_~'"’”»]+$/u

const BRACKETS = [
  ['(', ')'],
  ['[', ']'],
  ['{', '}'],
] as const

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

/** Takes off what belongs to the sentence: full stops, and brackets that the address did not open. */
function trimAddress(found: string): string {
  let address = found
  for (;;) {
    const trimmed = withoutOpenBracket(address.replace(TRAILING, ''))
    if (trimmed === address) return address
    address = trimmed
  }
}

function withoutOpenBracket(address: string): string {
  for (const [open, close] of BRACKETS) {
    if (!address.endsWith(close)) continue
    if (address.split(close).length > address.split(open).length) return address.slice(0, -1)
  }
  return address
}

function hrefOf(address: string): string | undefined {
  if (!URL.canParse(address)) return undefined
  const url = new URL(address)
  // An address with a user name in it looks like one site and leads to another.
  if (url.username !== '' || url.password !== '') return undefined
  return url.protocol === 'https:' || url.protocol === 'http:' ? url.href : undefined
}
