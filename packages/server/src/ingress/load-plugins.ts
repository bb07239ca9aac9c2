import { access, constants } from 'node:fs/promises'
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { Scheduler } from '../clock.ts'
import { ConfigError } from '../environment.ts'
import type { StageFactory } from '../plugin.ts'
import type { Plugin } from './plugin-lanes.ts'
import { makeStream, NotAStageError } from './plugin-stream.ts'

/** How long a file may take to be imported, in milliseconds. */
const IMPORT_MS = 10_000

/**
 * Imports the plugins, one after the other, and makes a Transform of each to see whether it can be.
 *
 * @param files paths, from the working directory.
 * @throws ConfigError for the first that cannot be used, with its place in `WR_PLUGINS` and why; those behind it are not imported.
 */
export async function loadPlugins(files: readonly string[], scheduler: Scheduler): Promise<Plugin[]> {
  const plugins: Plugin[] = []
  for (const [i, file] of files.entries()) plugins.push(await loadPlugin(file, i + 1, scheduler))
  return plugins
}

async function loadPlugin(file: string, place: number, scheduler: Scheduler): Promise<Plugin> {
  const wrong = (why: string): ConfigError => new ConfigError(`WR_PLUGINS: plugin ${place} ${why}`)
  const path = resolve(file)
  await access(path, constants.R_OK).catch((error: unknown) => {
    throw wrong(`is a file that cannot be read${codeOf(error)}`)
  })
  const module = await inTime(import(pathToFileURL(path).href), scheduler).catch((error: unknown) => {
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
