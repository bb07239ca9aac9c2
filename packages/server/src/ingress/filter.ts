import type { Transform } from 'node:stream'
import type { RoomKind } from '../plugin.ts'
import { mapTexts, type StageTools, textStage } from './said.ts'
import type { WordList } from './word-list.ts'

/** What becomes of a message with a word of the list: it is refused, or has a `*` for each of the word's characters. */
export type FilterMode = 'reject' | 'mask'

/** Looks for words of a list, in the text and in what other stages have put into `meta`. */
export function filter(kinds: readonly RoomKind[], tools: StageTools, words: WordList, mode: FilterMode): Transform {
  const masked = (text: string): string => mask(text, words)
  return textStage('filter', kinds, tools, (said) => {
    const text = masked(said.text)
    const meta = mapTexts(said.meta, masked)
    if (mode === 'reject')
      return text === said.text && JSON.stringify(meta) === JSON.stringify(said.meta) ? undefined : 'rejected'
    said.text = text
    said.meta = meta
    return undefined
  })
}

function mask(text: string, words: WordList): string {
  const spans = words.find(text)
  if (spans.length === 0) return text
  let masked = ''
  let at = 0
  for (const [start, end] of spans) {
    if (end <= at) continue
    const from = Math.max(start, at)
    masked += text.slice(at, from) + text.slice(from, end).replace(/./gsu, '*')
    at = end
  }
  return masked + text.slice(at)
}
