import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { Inbox, within } from './inbox.ts'

const BOT = join(import.meta.dirname, '../../examples/kafkajs-bot/src/main.ts')

/** How long the bot may take to be in its consumer group, in milliseconds. */
const START_MS = 20_000

export interface TestBot {
  /** Writes a line to its input. */
  say(text: string): void
  /** The next line of its output, which is what it heard. */
  hear(line: string): Promise<string>
  /** Every line of its output. */
  readonly heard: readonly string[]
  /** The next line of what it has to tell. */
  told(line: RegExp): Promise<string>
  /** Ends its input, and waits for its end. @returns its exit code. */
  stop(): Promise<number | null>
  kill(): void
}

/** Starts the example's bot in a process of its own, and waits until it listens. */
export async function startBot(environment: Readonly<Record<string, string>>): Promise<TestBot> {
  const child = spawn(process.execPath, [BOT], {
    env: { PATH: process.env['PATH'], ...environment },
    stdio: ['pipe', 'pipe', 'pipe'],
  })
  const output = new Inbox<string>((line) => line)
  const complaints = new Inbox<string>((line) => line)
  createInterface({ input: child.stdout }).on('line', (line) => output.add(line))
  createInterface({ input: child.stderr }).on('line', (line) => complaints.add(line))
  const exited = once(child, 'close').then(() => {
    complaints.end(`the bot ended with ${child.exitCode}`)
    output.end(`the bot ended with ${child.exitCode}`)
    return child.exitCode
  })
  const isLine =
    (line: RegExp) =>
    (told: string): told is string =>
      line.test(told)
  const bot: TestBot = {
    say: (text) => void child.stdin.write(`${text}\n`),
    hear: (line) => output.take(`"${line}"`, (heard): heard is string => heard === line),
    heard: output.all,
    told: (line) => complaints.take(String(line), isLine(line)),
    stop() {
      child.stdin.end()
      return within(exited, 'the end of the bot')
    },
    kill: () => void child.kill('SIGKILL'),
  }
  try {
    await complaints.take('"listening"', isLine(/^listening$/), START_MS)
  } catch (error) {
    bot.kill()
    throw error
  }
  return bot
}
