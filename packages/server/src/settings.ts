import { parseArgs } from 'node:util'
import { isVariable, readConfig, VARIABLES } from './config.ts'
import { ConfigError, contentOf, type Environment, isSet } from './environment.ts'

/** Every setting is a flag by its name: `PORT` is `--port`, `WR_TTL_MAX` is `--wr-ttl-max`. */
export const flagOf = (name: string): string => `--${name.toLowerCase().replaceAll('_', '-')}`

/** A secret is what may also stand in a file of its own, `<name>_FILE`. */
export const isSecret = (name: string): boolean => isVariable(`${name}_FILE`)

/**
 * What was set, wherever it was: a flag counts before the environment, and that before the file that `--config` or `WR_CONFIG` names.
 * A secret and the file it may stand in are one setting.
 *
 * @param flags such as `--port 8081 --wr-ttl-max=300`.
 * @throws ConfigError with every mistake that flags and file have, and with what `readConfig` would refuse besides. Without the former,
 *   values are not judged.
 */
export function gatherSettings(flags: readonly string[], environment: Environment): Environment {
  const mistakes: string[] = []
  const fromFlags = readFlags(flags, mistakes)
  const above = over(environment, fromFlags)
  const fromFile = isSet(above, 'WR_CONFIG') ? readFile(above['WR_CONFIG'] ?? '', mistakes) : {}
  const settings = over(fromFile, above)
  if (mistakes.length > 0) throw new ConfigError([...mistakes, ...mistakesIn(settings)])
  return settings
}

/** What is set in `upper` hides the same setting in `lower`. */
function over(lower: Environment, upper: Environment): Environment {
  const names = Object.keys(upper).filter((name) => isSet(upper, name))
  const hidden = new Set(names.flatMap((name) => [name, otherFormOf(name)]))
  const left = Object.keys(lower).filter((name) => isSet(lower, name) && !hidden.has(name))
  const settings: Record<string, string | undefined> = {}
  for (const name of left) settings[name] = lower[name]
  for (const name of names) settings[name] = upper[name]
  return settings
}

/** The file a secret may stand in, and the other way round. */
const otherFormOf = (name: string): string => (name.endsWith('_FILE') ? name.slice(0, -'_FILE'.length) : `${name}_FILE`)

function mistakesIn(settings: Environment): readonly string[] {
  try {
    readConfig(settings)
    return []
  } catch (error) {
    if (error instanceof ConfigError) return error.mistakes
    throw error
  }
}

function readFlags(flags: readonly string[], mistakes: string[]): Record<string, string> {
  const names = new Map(Object.keys(VARIABLES).map((name) => [flagOf(name).slice(2), name]))
  names.set('config', 'WR_CONFIG')
  const options = Object.fromEntries([...names.keys()].map((flag) => [flag, { type: 'string' }] as const))
  const { tokens } = parseArgs({ args: [...flags], options, strict: false, tokens: true })
  const settings: Record<string, string> = {}
  for (const token of tokens) {
    const mistake = token.kind === 'option' ? takeFlag(token, names.get(token.name), settings) : 'has a word too many'
    if (mistake === undefined) continue
    mistakes.push(token.kind === 'option' ? `${token.rawName} ${mistake}` : `The command line ${mistake}`)
  }
  return settings
}

/** @returns what is wrong with it. */
function takeFlag(
  { value, inlineValue }: { readonly value?: string | undefined; readonly inlineValue?: boolean | undefined },
  name: string | undefined,
  settings: Record<string, string>,
): string | undefined {
  if (name === undefined) return 'is not a setting'
  if (isSecret(name)) return `must not be a flag, which others can see: set ${name} or ${name}_FILE`
  // What begins with a dash is the next flag; a value that does has to follow an equals sign.
  if (value === undefined || (inlineValue === false && value.startsWith('-'))) return 'needs a value'
  if (name in settings) return 'is given twice'
  settings[name] = value
  return undefined
}

/** Lines of `NAME=value`, as `docker --env-file` reads them; empty ones and those that begin with # say nothing. */
function readFile(path: string, mistakes: string[]): Record<string, string> {
  let text: string
  try {
    text = contentOf('WR_CONFIG', path)
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    mistakes.push(...error.mistakes)
    return {}
  }
  const settings: Record<string, string> = {}
  for (const [i, line] of text.split(/\r?\n/).entries()) {
    if (/^\s*(?:#|$)/.test(line)) continue
    const mistake = takeLine(line, settings)
    if (mistake !== undefined) mistakes.push(`Line ${i + 1} of the file that WR_CONFIG names ${mistake}`)
  }
  return settings
}

/** @returns what is wrong with it. */
function takeLine(line: string, settings: Record<string, string>): string | undefined {
  const [, name, value] = /^([A-Z][A-Z0-9_]*)=(.*)$/.exec(line) ?? []
  if (name === undefined || value === undefined) return 'is not NAME=value'
  if (!isVariable(name)) return `names ${name}, which is not a setting`
  if (name === 'WR_CONFIG') return 'names WR_CONFIG, which must not stand in it'
  if (/^["']/.test(value)) return `has ${name} in quotes: they would be part of the value`
  if (name in settings) return `sets ${name} again`
  settings[name] = value
  return undefined
}
