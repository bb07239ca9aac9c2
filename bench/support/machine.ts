import { execFileSync } from 'node:child_process'
import { cpus, release, totalmem } from 'node:os'
import { canPin } from './pinned.ts'

const git = (...args: string[]): string => {
  try {
    return execFileSync('git', args, { cwd: import.meta.dirname, encoding: 'utf8' }).trim()
  } catch {
    return ''
  }
}

/**
 * Where figures come from: without this they mean nothing. `dirty` tells that the commit alone does not give them.
 *
 * @param script of npm, that was run.
 */
export const describeMachine = (script: string) => ({
  commit: git('rev-parse', '--short', 'HEAD'),
  dirty: git('status', '--porcelain') !== '',
  date: new Date().toISOString(),
  command: [`npm run ${script} --`, ...process.argv.slice(2)].join(' ').replace(/ --$/, ''),
  node: process.version,
  cpu: cpus()[0]?.model ?? 'unknown',
  cores: cpus().length,
  memoryGB: Math.round(totalmem() / 1e9),
  kernel: release(),
  pinned: canPin,
})
