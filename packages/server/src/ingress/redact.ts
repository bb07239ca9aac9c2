import type { Transform } from 'node:stream'
import type { RoomKind } from '../plugin.ts'
import { redactCards } from './card-numbers.ts'
import { mapTexts, type StageTools, textStage } from './said.ts'
import { redactSecrets } from './secret-formats.ts'

/** What stands where something was taken out. Shorter than anything that is. */
const MARK = '[redacted]'

/** Takes card numbers and secrets that are known by their form out of a text, and out of what other stages have put into `meta`. */
export function redact(kinds: readonly RoomKind[], tools: StageTools): Transform {
  return textStage('redact', kinds, tools, (said) => {
    said.text = redactText(said.text)
    said.meta = mapTexts(said.meta, redactText)
    return undefined
  })
}

const redactText = (text: string): string => redactCards(redactSecrets(text, MARK), MARK)
