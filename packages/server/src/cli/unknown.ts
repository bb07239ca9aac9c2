import { meantBy } from '../mistyped.ts'
import type { Run } from './commands.ts'

/** What may be repeated: other words may be values that stand where they should not. */
const NAME = /^[a-z-]{1,20}$/

/** Says that there is no such command, and which one was probably meant. */
export function unknown(command: string, known: readonly string[]): Run {
  return (_words, { stderr }) => {
    const name = NAME.test(command) ? command : 'The first word'
    const meant = meantBy(command, known)
    stderr.write(`${name} is not a command${meant === undefined ? '' : `; ${meant} is`}. See whisperrooms --help\n`)
    return 2
  }
}
