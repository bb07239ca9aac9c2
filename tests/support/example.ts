import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { Inbox, within } from './inbox.ts'

const EXAMPLES = join(import.meta.dirname, '../../examples')

export interface RunningExample {
  /** Every line of its output. */
  readonly lines: readonly string[]
  /** The next line of its output that fits. */
  hear(line: RegExp): Promise<string>
  /** The next line of what it has to tell. */
  told(line: RegExp): Promise<string>
  /** Ends it as a machine that fails does. */
  kill(): Promise<void>
  readonly exited: Promise<number | null>
}

/** Runs a program of `examples/` in a process of its own: a script of Node's, or one for the shell. */
export function runExample(
  file: string,
  environment: Readonly<Record<string, string>>,
  ...flags: readonly string[]
): RunningExample {
  const command = file.endsWith('.ts') ? process.execPath : '/bin/sh'
  const child = spawn(command, [join(EXAMPLES, file), ...flags], {
    env: { PATH: process.env['PATH'], ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const output = new Inbox<string>((line) => line)
  const complaints = new Inbox<string>((line) => line)
  createInterface({ input: child.stdout }).on('line', (line) => output.add(line))
  createInterface({ input: child.stderr }).on('line', (line) => complaints.add(line))
  const exited = once(child, 'close').then(() => {
    output.end(`it ended with ${child.exitCode}`)
    complaints.end(`it ended with ${child.exitCode}`)
    return child.exitCode
  })
  const fits =
    (line: RegExp) =>
    (text: string): text is string =>
      line.test(text)
  return {
    lines: output.all,
    hear: (line) => output.take(String(line), fits(line)),
    told: (line) => complaints.take(String(line), fits(line)),
    async kill() {
      child.kill('SIGKILL')
      await within(exited, 'the end of an example')
    },
    exited,
  }
}
