/** What a command is given of its process. */
export interface Surroundings {
  readonly env: Readonly<Record<string, string | undefined>>
  readonly stdout: { write(text: string): unknown }
  readonly stderr: { write(text: string): unknown }
}

/** @returns the exit code. */
export type Run = (words: readonly string[], surroundings: Surroundings) => number | Promise<number>

/** Loaded when they are asked for: a gateway that starts needs none of them. */
const COMMANDS = {
  'check-config': async () => (await import('./check-config.ts')).checkConfig,
  admin: async () => (await import('../admin/cli.ts')).admin,
  token: async () => (await import('./token.ts')).token,
  '--help': async () => (await import('./help.ts')).help,
  '--version': async () => (await import('./version.ts')).version,
} satisfies Record<string, () => Promise<Run>>

export type Command = keyof typeof COMMANDS

/** Whether it is a command, and not the start of a gateway. */
export function isCommand(word: string | undefined): word is Command {
  return word !== undefined && Object.hasOwn(COMMANDS, word)
}

export async function runCommand(
  command: Command,
  words: readonly string[],
  surroundings: Surroundings,
): Promise<number> {
  const run: Run = await COMMANDS[command]()
  return run(words, surroundings)
}
