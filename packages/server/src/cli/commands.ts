/** What a command is given of its process. */
export interface Surroundings {
  readonly env: Readonly<Record<string, string | undefined>>
  readonly stdout: { write(text: string): unknown }
  readonly stderr: { write(text: string): unknown }
}

/** @returns the exit code. */
export type Run = (words: readonly string[], surroundings: Surroundings) => number | Promise<number>

const help = async () => (await import('./help.ts')).help

/** Loaded when they are asked for: a gateway that starts needs none of them. */
const COMMANDS = {
  'check-config': async () => (await import('./check-config.ts')).checkConfig,
  admin: async () => (await import('../admin/cli.ts')).admin,
  token: async () => (await import('./token.ts')).token,
  help,
  '--help': help,
  '-h': help,
  '--version': async () => (await import('./version.ts')).version,
} satisfies Record<string, () => Promise<Run>>

type Command = keyof typeof COMMANDS

const isKnown = (word: string): word is Command => Object.hasOwn(COMMANDS, word)

const asksForHelp = (words: readonly string[]): boolean => words.includes('--help') || words.includes('-h')

/**
 * Whether it is a command or a mistyped one, and not the start of a gateway, which `serve`, flags or nothing ask for.
 *
 * @param word the first of the command line.
 * @param words all of it: whoever asks for help starts no gateway.
 */
export function isCommand(word: string | undefined, words: readonly string[] = process.argv.slice(2)): word is string {
  if (word === undefined) return false
  return isKnown(word) || asksForHelp(words) || (word !== 'serve' && !word.startsWith('-'))
}

export async function runCommand(
  command: string,
  words: readonly string[],
  surroundings: Surroundings,
): Promise<number> {
  const run = await runOf(command, words)
  return run(words, surroundings)
}

async function runOf(command: string, words: readonly string[]): Promise<Run> {
  // It has a help of its own.
  if (command === 'admin') return COMMANDS.admin()
  if (asksForHelp(words) && (isKnown(command) || command === 'serve' || command.startsWith('-'))) return help()
  if (isKnown(command)) return COMMANDS[command]()
  const { unknown } = await import('./unknown.ts')
  return unknown(command, ['serve', ...Object.keys(COMMANDS)])
}
