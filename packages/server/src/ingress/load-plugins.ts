import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { Scheduler } from '../clock.ts'
import { ConfigError } from '../environment.ts'
import type { StageFactory } from '../plugin.ts'
import { checkedPlugins } from '../stages-config.ts'
import { firstRun } from './first-run.ts'
import type { Plugin } from './plugin-lanes.ts'
import { makeStream, NotAStageError } from './plugin-stream.ts'

/** How long a file may take to be imported, in milliseconds. */
const IMPORT_MS = 10_000

/**
 * Imports the plugins, one after the other, and makes a Transform of each to see whether it can be. Where one is no file that can be
 * read, none is imported.
 *
 * @param files paths, from the working directory.
 * @throws ConfigError for all that cannot be used, each with its place in `WR_PLUGINS` and why.
 */
export async function loadPlugins(files: readonly string[], scheduler: Scheduler): Promise<Plugin[]> {
  checkedPlugins(files)
  const plugins: Plugin[] = []
  const mistakes: string[] = []
  for (const [i, file] of files.entries())
    try {
      plugins.push(await runPlugin(file, i + 1, scheduler))
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error
      mistakes.push(...error.mistakes)
    }
  if (mistakes.length > 0) throw new ConfigError(mistakes)
  return plugins
}

function runPlugin(file: string, place: number, scheduler: Scheduler): Promise<Plugin> {
  const named = `WR_PLUGINS: plugin ${place}`
  const wrong = (why: string): ConfigError => new ConfigError(`${named} ${why}`)
  return firstRun(() => loadPlugin(file, place, scheduler, wrong), {
    ended: `${named} ends the process when it is imported`,
    rejected: (reason) => wrong(`leaves a rejection unhandled: ${describe(reason)}`),
  })
}

async function loadPlugin(
  file: string,
  place: number,
  scheduler: Scheduler,
  wrong: (why: string) => ConfigError,
): Promise<Plugin> {
  const module = await inTime(import(pathToFileURL(resolve(file)).href), scheduler).catch((error: unknown) => {
    throw wrong(`cannot be imported: ${describe(error)}`)
  })
  const make: unknown = typeof module === 'object' && module !== null ? Reflect.get(module, 'default') : undefined
  if (!isFactory(make)) throw wrong('has no function as its default export')
  try {
    return { name: `plugin-${place}`, make, first: makeStream(make) }
  } catch (error) {
    throw wrong(
      error instanceof NotAStageError ? `is no stage: ${error.message}` : `fails when called: ${describe(error)}`,
    )
  }
}

function isFactory(value: unknown): value is StageFactory {
  return typeof value === 'function'
}

async function inTime(importing: Promise<unknown>, scheduler: Scheduler): Promise<unknown> {
  const { promise, reject } = Promise.withResolvers<never>()
  const cancel = scheduler.after(IMPORT_MS, () =>
    reject(new NotAStageError(`it takes more than ${IMPORT_MS / 1000} s`)),
  )
  try {
    return await Promise.race([importing, promise])
  } finally {
    cancel()
  }
}

/** An error without its message, which may quote anything; run by Node on its own, the file says more. */
function describe(error: unknown): string {
  if (error instanceof NotAStageError) return error.message
  return error instanceof Error ? `${error.name}${codeOf(error)}` : 'something else than an error was thrown'
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? ` (${error.code})` : ''
}
