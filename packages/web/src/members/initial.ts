const graphemes = new Intl.Segmenter(undefined, { granularity: 'grapheme' })

/** The first character as a reader sees it, so that an emoji or an accented letter stays whole. */
export function initialOf(name: string): string {
  for (const { segment } of graphemes.segment(name.trim())) return segment.toLocaleUpperCase()
  return '?'
}
