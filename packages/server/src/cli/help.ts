import { VARIABLES } from '../config.ts'
import { flagOf, isSecret } from '../settings.ts'
import type { Surroundings } from './commands.ts'

const COMMANDS = [
  ['serve [flags]', 'Starts a gateway; also without a command'],
  ['check-config [flags]', 'Reads the configuration, tells every mistake, and starts nothing; imports no plugins'],
  ['admin <action> [--url URL]', 'What the operator can do at a running gateway; see admin --help'],
  ['token --name=… [--rooms=…] [--rights=…]', 'Makes a token for a bot, as an entry of WR_BOT_TOKENS'],
  [
    'token --jwt --sub=… --rooms=… [--name=…] [--expires=…]',
    'Signs a token to come in with, for tests, with WR_JWT_SECRET',
  ],
  ['help, --help, -h', 'This, also behind a command'],
  ['--version', 'The version'],
] as const

const PRECEDENCE = 'A flag counts before the environment, and that before the file of WR_CONFIG'

/** Says what there is, every variable included. */
export function help(_words: readonly string[], { stdout }: Surroundings): number {
  const commands = COMMANDS.map(([usage, about]) => `  whisperrooms ${usage}\n      ${about}\n`)
  const settings = Object.entries(VARIABLES).map(([name, { about, fallback }]) => {
    const flag = isSecret(name) ? 'no flag: it is a secret' : flagOf(name)
    return `  ${name} (${flag})${fallback === '' ? '' : `, ${fallback} unless set`}\n      ${about}\n`
  })
  stdout.write(`Commands:\n${commands.join('')}\nSettings. ${PRECEDENCE}:\n${settings.join('')}`)
  return 0
}
