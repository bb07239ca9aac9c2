import { LIMITS } from './limits.ts'

/** @returns the length of `text` in UTF-8, in bytes; a lone surrogate counts as the three bytes of U+FFFD. */
export function utf8Length(text: string): number {
  let bytes = text.length
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i)
    if (unit < 0x80) continue
    if (unit < 0x800) bytes += 1
    else {
      bytes += 2
      const next = unit >= 0xd800 && unit <= 0xdbff ? text.charCodeAt(i + 1) : 0
      if (next >= 0xdc00 && next <= 0xdfff) i++
    }
  }
  return bytes
}

export type TextFault = 'bad_frame' | 'empty_text' | 'too_long'

/** @returns why `text` cannot be a message, or `undefined` when it can. */
export function faultOfText(text: string): TextFault | undefined {
  // No UTF-16 unit takes more than three bytes: most texts need not be measured.
  const mayBeTooLong = text.length * 3 > LIMITS.textBytes
  if (text.length > LIMITS.textChars || (mayBeTooLong && utf8Length(text) > LIMITS.textBytes)) return 'too_long'
  if (!text.isWellFormed()) return 'bad_frame'
  return isBlank(text) ? 'empty_text' : undefined
}

/** Whether `text` shows nothing: white space, controls and format characters only. */
export function isBlank(text: string): boolean {
  return !/[^\s\p{C}]/u.test(text)
}

/**
 * A name as it may be shown: composed (NFC), without control, bidirectional and other invisible characters, white space folded.
 *
 * @returns the cleaned name, or `undefined` when nothing is left or it is longer than 32 characters (UTF-16 units).
 */
export function cleanName(name: string): string | undefined {
  // Composing takes quadratic time where marks pile up, so that only what could become a name is composed.
  if (name.length > 8 * LIMITS.nameChars) return undefined
  const cleaned = name
    .toWellFormed()
    .normalize('NFC')
    // A joiner is kept only between two pictographs: families and professions need it, disguises do not.
    .replace(
      /(?<!\p{Extended_Pictographic}\uFE0F?[\u{1F3FB}-\u{1F3FF}]?)\u200D|\u200D(?!\p{Extended_Pictographic})/gu,
      '',
    )
    .replace(/(?!\u200D)[^\P{C}\s]|[\u115F\u1160\u3164\uFFA0\u2800]/gu, '')
    .replace(/\s+/g, ' ')
    .trim()
  return cleaned === '' || cleaned.length > LIMITS.nameChars ? undefined : cleaned
}
