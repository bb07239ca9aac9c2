/** A text as it is compared, and where each of its characters (UTF-16 units) comes from; without `from` from the same place. */
export interface Folded {
  readonly text: string
  /** One more than the text has characters: the last is the end. */
  readonly from: Uint16Array | undefined
}

/** Marks that are put on letters, joiners and other invisibles: gone in comparisons. Vowels of Indic scripts are no such marks. */
const DROPPED = /[\p{Script=Inherited}\p{Cf}\u0591-\u05C7]/gu
/** Letters that no normalisation takes apart. */
const LETTERS: Readonly<Record<string, string>> = {
  ß: 'ss',
  ς: 'σ',
  ı: 'i',
  ø: 'o',
  ł: 'l',
  đ: 'd',
  ð: 'd',
  æ: 'ae',
  œ: 'oe',
}
const NOT_ASCII = /\P{ASCII}/u
/** How much longer a text may become before more is needed; above what a single character can become (18, U+FDFA). */
const SLACK = 256

/** What a UTF-16 unit becomes: one unit, nothing, or more than that; 0 when nobody has asked yet. */
const known = new Uint32Array(65_536)
const NOTHING = 0x10000
const LONGER = 0x20000
/** What characters become that are more units than one, or become more; so many at the most. */
const longer = new Map<string, string>()
const MOST_LONGER = 4_096

/**
 * Folds a text, character by character: compatibility forms (NFKC), lower case, without diacritics. At most 65,535 characters.
 */
export function fold(text: string): Folded {
  if (!NOT_ASCII.test(text)) return { text: text.toLowerCase(), from: undefined }
  let units = new Uint16Array(text.length + SLACK)
  let from = new Uint16Array(text.length + SLACK)
  let length = 0
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at)
    const single = known[unit] || learn(unit)
    if (single < NOTHING) {
      units[length] = single
      from[length++] = at
    } else if (single === LONGER) {
      const character = String.fromCodePoint(text.codePointAt(at) ?? unit)
      const folded = longer.get(character) ?? learnLonger(character)
      // Behind it come at most as many as are left of the text, and the end.
      if (length + folded.length + text.length - at >= units.length) {
        units = enlarged(units)
        from = enlarged(from)
      }
      for (let i = 0; i < folded.length; i++) {
        units[length] = folded.charCodeAt(i)
        from[length++] = at
      }
      at += character.length - 1
    }
  }
  from[length] = text.length
  return { text: Buffer.from(units.buffer, 0, length * 2).toString('utf16le'), from }
}

function enlarged(units: Uint16Array<ArrayBuffer>): Uint16Array<ArrayBuffer> {
  const larger = new Uint16Array(units.length * 2)
  larger.set(units)
  return larger
}

function learn(unit: number): number {
  const isSurrogate = unit >= 0xd800 && unit <= 0xdfff
  const folded = isSurrogate ? undefined : foldCharacter(String.fromCharCode(unit))
  const single = folded === '' ? NOTHING : folded?.length === 1 && folded !== '\0' ? folded.charCodeAt(0) : LONGER
  known[unit] = single
  return single
}

function learnLonger(character: string): string {
  const folded = foldCharacter(character)
  if (longer.size === MOST_LONGER) longer.clear()
  longer.set(character, folded)
  return folded
}

function foldCharacter(character: string): string {
  const plain = character.normalize('NFKC').toLowerCase().normalize('NFD').replace(DROPPED, '')
  return (LETTERS[plain] ?? plain).normalize('NFC')
}
