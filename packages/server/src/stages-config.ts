import { accessSync, constants, statSync } from 'node:fs'
import {
  ConfigError,
  contentOf,
  type Environment,
  listOf,
  oneOf,
  type Reader,
  readAll,
  reader,
  textOrNothing,
  variable,
  wholeNumber,
} from './environment.ts'

export const STAGE_NAMES = ['enrich', 'redact', 'filter'] as const
export type StageName = (typeof STAGE_NAMES)[number]

/** What messages pass on their way to the log beside what every gateway checks. */
export interface StagesConfig {
  /** The stages of rooms that are not listed, in their order. */
  readonly unlisted: readonly StageName[]
  readonly listed: readonly StageName[]
  /** The words of the filter; `undefined` when there is no filter. */
  readonly words: readonly string[] | undefined
  readonly filterMode: 'reject' | 'mask'
  /** Files, in the order in which messages pass them. */
  readonly plugins: readonly string[]
  /** How long the plugins together may take over one message. */
  readonly pluginTimeoutMs: number
  /** How many messages may be with the plugins at a time, each of another room. */
  readonly pluginConcurrency: number
}

const STAGES = listOf(isStageOrNone, 'stages: enrich, redact, filter, or none')

export const STAGES_VARIABLES = {
  WR_STAGES: variable('Optional stages, in their order: enrich, redact, filter', '', STAGES),
  WR_STAGES_LISTED: variable('The same for listed rooms; none for none; when empty as WR_STAGES says', '', STAGES),
  WR_FILTER_WORDS_FILE: variable('The words of filter, one a line', '', textOrNothing),
  WR_FILTER_MODE: variable(
    'What becomes of a message with such a word: reject or mask',
    'reject',
    oneOf('reject', 'mask'),
  ),
  WR_PLUGINS: variable(
    'Files with stages of your own, separated by commas',
    '',
    listOf(() => true, 'files'),
  ),
  WR_PLUGIN_TIMEOUT: variable(
    'How long plugins may take over one message, in milliseconds',
    '1000',
    wholeNumber(1, 9_000, 'milliseconds'),
  ),
  WR_PLUGIN_CONCURRENCY: variable('How many messages may be with the plugins at a time', '64', wholeNumber(1, 1_024)),
} as const

const MOST_WORDS = 100_000
const LONGEST_WORD = 100
/** All of them, and as much again that says nothing. */
const MOST_WORDS_BYTES = 2 ** 26

type StagesReader = Reader<keyof typeof STAGES_VARIABLES, typeof STAGES_VARIABLES>

/** @throws ConfigError with every variable that is out of its range, and with all that contradict each other. */
export function readStagesConfig(environment: Environment): StagesConfig {
  const variables = reader(environment, STAGES_VARIABLES)
  const unlisted = (): readonly StageName[] => stagesIn('WR_STAGES', variables)
  const parts = {
    unlisted,
    listed: () => (variables.isSet('WR_STAGES_LISTED') ? stagesIn('WR_STAGES_LISTED', variables) : unlisted()),
    words: () => wordsIn(variables.value('WR_FILTER_WORDS_FILE')),
    filterMode: () => variables.value('WR_FILTER_MODE'),
    plugins: () => checkedPlugins(variables.value('WR_PLUGINS')),
    pluginTimeoutMs: () => variables.value('WR_PLUGIN_TIMEOUT'),
    pluginConcurrency: () => variables.value('WR_PLUGIN_CONCURRENCY'),
  }
  return Object.freeze(readAll(parts, contradictionsIn(variables, asksForFilter(environment))))
}

/** Also where the stages are not understood otherwise: then what the filter needs is told as well. */
function asksForFilter(environment: Environment): boolean {
  const said = [environment['WR_STAGES'], environment['WR_STAGES_LISTED']].join()
  return said.split(',').some((part) => part.trim() === 'filter')
}

function* contradictionsIn(variables: StagesReader, hasFilter: boolean): Generator<() => void> {
  if (hasFilter) yield () => needWords(variables)
  else yield () => forbid(variables, ['WR_FILTER_WORDS_FILE', 'WR_FILTER_MODE'], 'filter in WR_STAGES')
  if (!variables.isSet('WR_PLUGINS'))
    yield () => forbid(variables, ['WR_PLUGIN_TIMEOUT', 'WR_PLUGIN_CONCURRENCY'], 'WR_PLUGINS')
}

function needWords(variables: StagesReader): void {
  if (!variables.isSet('WR_FILTER_WORDS_FILE')) throw new ConfigError('filter in WR_STAGES needs WR_FILTER_WORDS_FILE')
}

function forbid(variables: StagesReader, names: readonly (keyof typeof STAGES_VARIABLES)[], without: string): void {
  const wrong = names.filter(variables.isSet)
  if (wrong.length > 0) throw new ConfigError(wrong.map((name) => `${name} is of no use without ${without}`))
}

const isStage = (word: string): word is StageName => STAGE_NAMES.some((name) => name === word)

function isStageOrNone(word: string): boolean {
  return word === 'none' || isStage(word)
}

function stagesIn(name: 'WR_STAGES' | 'WR_STAGES_LISTED', variables: StagesReader): readonly StageName[] {
  const words = variables.value(name)
  if (new Set(words).size < words.length) throw new ConfigError(`${name} names a stage twice`)
  if (words.includes('none') && words.length > 1) throw new ConfigError(`${name} must be none, or stages`)
  return words.filter(isStage)
}

function wordsIn(path: string | undefined): readonly string[] | undefined {
  return path === undefined ? undefined : readWords(contentOf('WR_FILTER_WORDS_FILE', path, MOST_WORDS_BYTES))
}

/**
 * That all plugins are files that can be read; none is imported.
 *
 * @throws ConfigError with each that is not, by its place in WR_PLUGINS.
 */
export function checkedPlugins(files: readonly string[]): readonly string[] {
  const wrong = files.flatMap((file, i) => {
    const why = whyNoPlugin(file)
    return why === undefined ? [] : [`WR_PLUGINS: plugin ${i + 1} ${why}`]
  })
  if (wrong.length > 0) throw new ConfigError(wrong)
  return files
}

function whyNoPlugin(file: string): string | undefined {
  try {
    if (!statSync(file).isFile()) return 'is no file'
    accessSync(file, constants.R_OK)
    return undefined
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? ` (${String(error.code)})` : ''
    return `is a file that cannot be read${code}`
  }
}

/** Lines with a word or several; empty ones and those that begin with # say nothing. */
function readWords(text: string): readonly string[] {
  if (text.includes('\uFFFD')) throw new ConfigError('WR_FILTER_WORDS_FILE names a file that is not UTF-8')
  const lines = text.replace(/^\uFEFF/, '').split(/\r?\n/)
  const saysNothing = (line: string): boolean => /^\s*(?:#|$)/.test(line)
  const isWord = (line: string): boolean => line.length <= LONGEST_WORD && /[\p{L}\p{N}]/u.test(line)
  const words = lines.filter((line) => !saysNothing(line))
  const wrong = lines.findIndex((line) => !saysNothing(line) && !isWord(line))
  if (wrong !== -1)
    throw new ConfigError(
      `Line ${wrong + 1} of the file that WR_FILTER_WORDS_FILE names is no word of at most ${LONGEST_WORD} characters`,
    )
  if (words.length === 0) throw new ConfigError('WR_FILTER_WORDS_FILE names a file without words')
  if (words.length > MOST_WORDS)
    throw new ConfigError(`WR_FILTER_WORDS_FILE names a file with more than ${MOST_WORDS} words`)
  return words
}
