import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Surroundings } from './commands.ts'

export function version(_words: readonly string[], { stdout }: Surroundings): number {
  const text = readFileSync(join(import.meta.dirname, '../../package.json'), 'utf8')
  const { version: number } = JSON.parse(text) as { readonly version: string }
  stdout.write(`${number}\n`)
  return 0
}
