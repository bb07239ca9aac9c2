import { closeSync, openSync, readSync, type Stats, statSync } from 'node:fs'

/** One variable: what it means, its default as one would write it, and how it is read. */
export interface Variable<T> {
  readonly about: string
  readonly fallback: string
  /** @throws Error saying what the value should have been. */
  readonly read: (text: string) => T
}

export const variable = <T>(about: string, fallback: string, read: (text: string) => T): Variable<T> => ({
  about,
  fallback,
  read,
})

/** The settings are wrong; each mistake names the variable and says what it should be, and repeats no value. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError'
  readonly mistakes: readonly string[]

  constructor(mistakes: string | readonly string[]) {
    const all = typeof mistakes === 'string' ? [mistakes] : [...new Set(mistakes)]
    super(all.length === 1 ? all[0] : `${all.length} settings are wrong:\n${all.map((one) => `  ${one}`).join('\n')}`)
    this.mistakes = all
  }
}

/**
 * Reads parts of the configuration, and makes checks that give nothing.
 *
 * @throws ConfigError with the mistakes of all of them.
 */
export function readAll<Parts extends Readonly<Record<string, () => unknown>>>(
  parts: Parts,
  checks: Iterable<() => void> = [],
): { readonly [Part in keyof Parts]: ReturnType<Parts[Part]> } {
  const mistakes: string[] = []
  function attempt<T>(read: () => T): T | undefined {
    try {
      return read()
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error
      mistakes.push(...error.mistakes)
      return undefined
    }
  }
  for (const check of checks) attempt(check)
  const values = Object.fromEntries(Object.entries(parts).map(([part, read]) => [part, attempt(read)]))
  if (mistakes.length > 0) throw new ConfigError(mistakes)
  return values as { [Part in keyof Parts]: ReturnType<Parts[Part]> }
}

export type Environment = Readonly<Record<string, string | undefined>>

/** Some variables, read. */
export interface Reader<Name extends string, Variables extends Record<Name, Variable<unknown>>> {
  /** @throws ConfigError when it is out of its range. */
  value<N extends Name>(name: N): ReturnType<Variables[N]['read']>
  /** Whether somebody set it; an empty value is none. */
  isSet(name: Name): boolean
}

export function reader<Variables extends Record<string, Variable<unknown>>>(
  environment: Environment,
  variables: Variables,
): Reader<keyof Variables & string, Variables> {
  return {
    isSet: (name) => isSet(environment, name),
    value(name) {
      const { fallback, read } = variables[name] as Variables[typeof name]
      const text = isSet(environment, name) ? (environment[name] ?? '') : fallback
      return readAs(name, text, read) as ReturnType<Variables[typeof name]['read']>
    },
  }
}

/** Whether a variable was set; an empty value is none. */
export function isSet(environment: Environment, name: string): boolean {
  return environment[name] !== undefined && environment[name] !== ''
}

/** @param name what a mistake is blamed on. */
function readAs<T>(name: string, text: string, read: (text: string) => T): T {
  try {
    return read(text)
  } catch (error) {
    throw new ConfigError(`${name} ${error instanceof Error ? error.message : 'is wrong'}`)
  }
}

/**
 * Reads a secret, which stands in `name` or in the file that `<name>_FILE` names.
 *
 * @throws ConfigError when both are set, the file cannot be read, or the secret is none.
 */
export function secretValue<T>(environment: Environment, name: string, { fallback, read }: Variable<T>): T {
  const fileName = `${name}_FILE`
  const path = environment[fileName] ?? ''
  if (path === '') return readAs(name, isSet(environment, name) ? (environment[name] ?? '') : fallback, read)
  const contradictions = isSet(environment, name) ? [() => refuse(`${fileName} contradicts ${name}`)] : []
  const { content } = readAll({ content: () => contentOf(fileName, path) }, contradictions)
  const text = content.replace(/\r?\n$/, '')
  if (text === '') throw new ConfigError(`${fileName} names a file that is empty`)
  return readAs(fileName, text, (secret) => read(secret))
}

/** @throws ConfigError always. */
export function refuse(mistakes: string | readonly string[]): never {
  throw new ConfigError(mistakes)
}

/** What a file of settings, secrets or certificates may hold: some have no end. The authorities of a whole system are 250 kB. */
const MOST_BYTES = 2 ** 20
const PART_BYTES = 2 ** 16

/**
 * The content of the file or pipe that a variable names. A pipe has it once only.
 *
 * @throws ConfigError when it cannot be read, is a device or a socket, or is longer than `mostBytes`.
 */
export function contentOf(name: string, path: string, mostBytes = MOST_BYTES): string {
  if (!isFileOrPipe(statOf(name, path))) refuse(`${name} names what is neither a file nor a pipe`)
  const content = readable(name, () => readUpTo(path, mostBytes + 1))
  if (content.length > mostBytes) refuse(`${name} names a file of more than ${mostBytes} bytes`)
  return content.toString('utf8')
}

/**
 * That what a variable names can be read later on, when it is needed; pipes are left as they are.
 *
 * @throws ConfigError as `contentOf` does.
 */
export function checkFile(name: string, path: string): void {
  if (!statOf(name, path).isFIFO()) contentOf(name, path)
}

/** Of a directory, reading says best what is wrong. */
const isFileOrPipe = (stats: Stats): boolean => stats.isFile() || stats.isFIFO() || stats.isDirectory()

const statOf = (name: string, path: string): Stats => readable(name, () => statSync(path))

function readable<T>(name: string, read: () => T): T {
  try {
    return read()
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? ` (${String(error.code)})` : ''
    throw new ConfigError(`${name} names a file that cannot be read${code}`)
  }
}

function readUpTo(path: string, bytes: number): Buffer {
  const file = openSync(path, 'r')
  const parts: Buffer[] = []
  try {
    for (let left = bytes; left > 0; ) {
      const part = Buffer.allocUnsafe(Math.min(left, PART_BYTES))
      const size = readSync(file, part)
      if (size === 0) break
      parts.push(part.subarray(0, size))
      left -= size
    }
  } finally {
    closeSync(file)
  }
  return Buffer.concat(parts)
}

/**
 * Digits and nothing else: no sign, no unit, no space.
 *
 * @param of what is counted, such as `seconds`.
 */
export function wholeNumber(min: number, max: number, of?: string): (text: string) => number {
  return (text) => {
    const value = /^\d+$/.test(text) ? Number(text) : Number.NaN
    if (value >= min && value <= max) return value
    const what = of === undefined ? 'a whole number' : `a whole number of ${of}, without a unit,`
    throw new Error(`must be ${what} from ${min} to ${max}`)
  }
}

/** As `read`; empty: nothing was said. */
export function orNothing<T>(read: (text: string) => T): (text: string) => T | undefined {
  return (text) => (text === '' ? undefined : read(text))
}

export function anyText(text: string): string {
  return text
}

export function textOrNothing(text: string): string | undefined {
  return text === '' ? undefined : text
}

export function oneOf<const Word extends string>(...words: readonly Word[]): (text: string) => Word {
  return (text) => {
    const word = words.find((known) => known === text)
    if (word === undefined) throw new Error(`must be one of ${words.join(', ')}`)
    return word
  }
}

/** As `oneOf`; empty: nothing was said. */
export function oneOfOrNothing<const Word extends string>(
  ...words: readonly Word[]
): (text: string) => Word | undefined {
  return orNothing(oneOf(...words))
}

/** The parts between commas. */
export function listOf(isOne: (part: string) => boolean, what: string): (text: string) => readonly string[] {
  return (text) => {
    const parts = text
      .split(',')
      .map((part) => part.trim())
      .filter((part) => part !== '')
    if (!parts.every(isOne)) throw new Error(`must be ${what}, separated by commas`)
    return parts
  }
}
