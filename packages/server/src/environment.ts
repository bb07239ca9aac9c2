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

/** The environment is wrong; the message names the variable and says what it should be, and repeats no value. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError'
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
  const isSet = (name: string): boolean => environment[name] !== undefined && environment[name] !== ''
  return {
    isSet,
    value(name) {
      const { fallback, read } = variables[name] as Variables[typeof name]
      try {
        return read(isSet(name) ? (environment[name] ?? '') : fallback) as ReturnType<Variables[typeof name]['read']>
      } catch (error) {
        throw new ConfigError(`${name} ${error instanceof Error ? error.message : 'is wrong'}`)
      }
    },
  }
}

export function wholeNumber(min: number, max: number): (text: string) => number {
  return (text) => {
    const value = /^\d+$/.test(text) ? Number(text) : Number.NaN
    if (!(value >= min && value <= max)) throw new Error(`must be a whole number from ${min} to ${max}`)
    return value
  }
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
  const read = oneOf(...words)
  return (text) => (text === '' ? undefined : read(text))
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
