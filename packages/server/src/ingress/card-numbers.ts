/** Digits with one space, dot or hyphen between groups. */
const RUNS = /(?<![\p{L}\p{N}+])[0-9](?:[ \u00A0.-]?[0-9]){12,}(?![\p{L}\p{N}])/gu
const SHORTEST = 13
const LONGEST = 19

/** How the numbers of the large issuers begin, and how long they are. */
const ISSUERS: readonly (readonly [prefix: RegExp, lengths: readonly number[]])[] = [
  [/^4/, [13, 16, 19]],
  [/^(?:5[1-5]|2(?:22[1-9]|2[3-9]|[3-6]|7[01]|720))/, [16]],
  [/^3[47]/, [15]],
  [/^3(?:0[0-5]|[689])/, [14]],
  [/^(?:6011|64[4-9]|65|62|35(?:2[89]|[3-8]))/, [16, 17, 18, 19]],
  [/^(?:50|5[6-9]|6)/, [13, 14, 15, 16, 17, 18, 19]],
]

/** Replaces what is a card number by issuer, length and check digit (Luhn, ISO/IEC 7812-1), whole groups of digits only. */
export function redactCards(text: string, mark: string): string {
  return text.replace(RUNS, (run) => redactRun(run, mark))
}

function redactRun(run: string, mark: string): string {
  let redacted = ''
  let from = 0
  for (let at = 0; at < run.length; ) {
    const end = beginsGroup(run, at) ? cardEnd(run, at) : undefined
    if (end === undefined) at++
    else {
      redacted += run.slice(from, at) + mark
      at = from = end
    }
  }
  return from === 0 ? run : redacted + run.slice(from)
}

const isDigit = (text: string, at: number): boolean => text.charCodeAt(at) >= 0x30 && text.charCodeAt(at) <= 0x39
const beginsGroup = (run: string, at: number): boolean => isDigit(run, at) && !isDigit(run, at - 1)

/** @returns where the longest card number that begins at `at` ends. */
function cardEnd(run: string, at: number): number | undefined {
  if (!'23456'.includes(run.charAt(at))) return undefined
  let digits = ''
  let end: number | undefined
  for (let i = at; i < run.length && digits.length < LONGEST; i++) {
    if (!isDigit(run, i)) continue
    digits += run.charAt(i)
    if (digits.length >= SHORTEST && !isDigit(run, i + 1) && isCard(digits)) end = i + 1
  }
  return end
}

function isCard(digits: string): boolean {
  return (
    ISSUERS.some(([prefix, lengths]) => lengths.includes(digits.length) && prefix.test(digits)) && passesLuhn(digits)
  )
}

function passesLuhn(digits: string): boolean {
  let sum = 0
  for (let i = 0; i < digits.length; i++) {
    const digit = digits.charCodeAt(digits.length - 1 - i) - 0x30
    const doubled = digit * 2
    sum += i % 2 === 0 ? digit : doubled > 9 ? doubled - 9 : doubled
  }
  return sum % 10 === 0
}
