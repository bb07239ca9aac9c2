import type { Transform } from 'node:stream'
import type { Meta } from '@whisperrooms/protocol'
import type { RoomKind } from '../plugin.ts'
import { EMOJI } from './emoji-shortcodes.ts'
import { type StageTools, textStage } from './said.ts'

/** The most of each that are listed. */
const MOST = 20
const LINK_CHARS = 1_000

/** One pass for all three. No part can begin within another one's middle, and all repetitions but a link's are bounded. */
const FINDS =
  /https?:\/\/[^\s<>"'`\\\p{C}]+|(?<![\p{L}\p{N}_@.])@[\p{L}\p{N}_][\p{L}\p{M}\p{N}_-]{0,31}(?![\p{L}\p{M}\p{N}_])|:[a-z0-9_+-]{1,24}:/gu
/** Most texts have none of it, and this finds that out sooner. */
const MAY_FIND = /[@:]/
const AFTER_LINK = new Set('.,;:!?)]}*_~…')

/**
 * Lists in `meta` what is in a text, each thing once: `mentions` (names after `@`), `links` (http and https) and `emoji` (shortcodes such as
 * `:tada:` with what they stand for). The text stays as it is.
 */
export function enrich(kinds: readonly RoomKind[], tools: StageTools): Transform {
  return textStage('enrich', kinds, tools, (said) => {
    if (MAY_FIND.test(said.text)) said.meta = { ...said.meta, ...findIn(said.text) }
    return undefined
  })
}

function findIn(text: string): Meta {
  const mentions = new Set<string>()
  const links = new Set<string>()
  const emoji: Record<string, string> = {}
  let emojiCount = 0
  for (const [found] of text.matchAll(FINDS)) {
    if (found.startsWith('@')) {
      if (mentions.size < MOST) mentions.add(found.slice(1))
    } else if (found.startsWith(':')) {
      const stands = EMOJI.get(found.slice(1, -1))
      if (stands === undefined || emojiCount === MOST || found in emoji) continue
      emoji[found] = stands
      emojiCount++
    } else if (links.size < MOST) {
      const link = withoutPunctuation(found)
      if (link.length <= LINK_CHARS && URL.canParse(link)) links.add(link)
    }
  }
  return {
    ...(mentions.size > 0 ? { mentions: [...mentions] } : {}),
    ...(links.size > 0 ? { links: [...links] } : {}),
    ...(emojiCount > 0 ? { emoji } : {}),
  }
}

/** What ends a sentence is not of the link; a closing bracket is when it was opened in it. */
function withoutPunctuation(link: string): string {
  let end = link.length
  while (end > 0 && AFTER_LINK.has(link.charAt(end - 1))) {
    if (link.charAt(end - 1) === ')' && link.includes('(')) break
    end--
  }
  return link.slice(0, end)
}
