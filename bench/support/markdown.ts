/** @returns a Markdown table; the first column is text, the others are numbers and aligned right. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const rule = head.map((_, i) => (i === 0 ? '---' : '---:'))
  return [head, rule, ...rows].map((row) => `| ${row.join(' | ')} |`).join('\n')
}

/** 12_345_678 → "12.3 M", 123_456 → "123 k". */
export function short(value: number): string {
  if (value >= 1e6) return `${(value / 1e6).toPrecision(3)} M`
  if (value >= 1e3) return `${(value / 1e3).toPrecision(3)} k`
  return value.toPrecision(3)
}

export const percent = (share: number): string => `${(share * 100).toFixed(0)} %`

export const times = (ratio: number): string => (Number.isFinite(ratio) ? `${ratio.toFixed(ratio < 10 ? 2 : 1)}×` : '–')

/** "kept" or "MISSED", with what was asked and what was seen. */
export const verdict = (kept: boolean, promise: string, seen: string): string =>
  `- ${kept ? 'kept' : '**MISSED**'}: ${promise}: ${seen}`
