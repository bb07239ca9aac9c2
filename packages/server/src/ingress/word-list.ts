import { fold } from './fold.ts'

/** A stretch of a text, in UTF-16 units, end exclusive. */
export type Span = readonly [start: number, end: number]

export interface WordList {
  /** Where words of the list stand in a text, in order of where they begin. */
  find(text: string): Span[]
}

const TOKENS = /[\p{L}\p{M}\p{N}]+/gu
const IN_TOKEN = /[\p{L}\p{M}\p{N}]/u
/** Scripts that put no spaces between words. */
const UNSPACED =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}]/u

/**
 * A list of words, compared folded (`fold.ts`). A word stands alone: between it and other letters and digits there is something else.
 * Several words in one line stand side by side, whatever is between them. Words of scripts without spaces are found anywhere.
 */
export function wordList(lines: readonly string[]): WordList {
  const phrases = new Map<string, string[][]>()
  const unspaced = new Map<string, string[]>()
  /** By first character, a bit for each length of a first word: most words of a text need not be looked up. */
  const lengths = new Uint32Array(65_536)
  for (const line of lines) {
    const { text } = fold(line)
    const [first, ...rest] = text.match(TOKENS) ?? []
    if (first === undefined) continue
    if (UNSPACED.test(text)) put(unspaced, text.trim().charAt(0), text.trim())
    else {
      put(phrases, first, [first, ...rest])
      lengths[first.charCodeAt(0)] = (lengths[first.charCodeAt(0)] ?? 0) | lengthBit(first.length)
    }
  }

  function findPhrases(text: string): Span[] {
    const spans: Span[] = []
    for (let start = nextToken(text, 0); start < text.length; ) {
      const end = endOfToken(text, start)
      if ((lengths[text.charCodeAt(start)] ?? 0) & lengthBit(end - start)) {
        const phraseEnd = endOfPhrase(text, start, end)
        if (phraseEnd !== undefined) spans.push([start, phraseEnd])
      }
      start = nextToken(text, end)
    }
    return spans
  }

  /** @returns where the longest line ends that begins with a token. */
  function endOfPhrase(text: string, start: number, end: number): number | undefined {
    let longest: number | undefined
    for (const [, ...rest] of phrases.get(text.slice(start, end)) ?? []) {
      const last = endOfTokens(text, end, rest)
      if (last !== undefined && last > (longest ?? 0)) longest = last
    }
    return longest
  }

  return {
    find(text) {
      const { text: folded, from } = fold(text)
      const spans = phrases.size === 0 ? [] : findPhrases(folded)
      if (from === undefined) return spans
      const all = unspaced.size === 0 ? spans : [...spans, ...findAnywhere(folded, unspaced)]
      return all.sort(([a], [b]) => a - b).map(([start, end]) => [from[start] ?? 0, from[end] ?? text.length])
    },
  }
}

const lengthBit = (length: number): number => 1 << Math.min(length, 31)

function put<T>(lists: Map<string, T[]>, key: string, value: T): void {
  const list = lists.get(key)
  if (list === undefined) lists.set(key, [value])
  else list.push(value)
}

/** Whether a UTF-16 unit is of a word, once somebody has asked: 1 no, 2 yes. */
const known = new Uint8Array(65_536)

/** How many units the character at `at` has when it is of a word, else 0. */
function inToken(text: string, at: number): number {
  const unit = text.charCodeAt(at)
  const is = known[unit]
  if (is === 2) return 1
  if (is === 1) return 0
  const character = String.fromCodePoint(text.codePointAt(at) ?? unit)
  const isInToken = IN_TOKEN.test(character)
  if (character.length === 1) known[unit] = isInToken ? 2 : 1
  return isInToken ? character.length : 0
}

function nextToken(text: string, from: number): number {
  let at = from
  while (at < text.length && inToken(text, at) === 0) at++
  return at
}

function endOfToken(text: string, from: number): number {
  let at = from
  for (let units = 1; units > 0 && at < text.length; at += units) units = inToken(text, at)
  return at
}

/** @returns where the last of some tokens ends, when they are the next. */
function endOfTokens(text: string, from: number, tokens: readonly string[]): number | undefined {
  let at = from
  for (const token of tokens) {
    const start = nextToken(text, at)
    at = endOfToken(text, start)
    if (at - start !== token.length || !text.startsWith(token, start)) return undefined
  }
  return at
}

function findAnywhere(text: string, words: ReadonlyMap<string, readonly string[]>): Span[] {
  const spans: Span[] = []
  for (let at = 0; at < text.length; at++)
    for (const word of words.get(text.charAt(at)) ?? [])
      if (text.startsWith(word, at)) spans.push([at, at + word.length])
  return spans
}
