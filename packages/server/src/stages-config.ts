import {
  ConfigError,
  contentOf,
  type Environment,
  listOf,
  oneOf,
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

/** @throws ConfigError for a variable that is out of its range, and for variables that contradict each other. */
export function readStagesConfig(environment: Environment): StagesConfig {
  const variables = reader(environment, STAGES_VARIABLES)
  const unlisted = stagesIn('WR_STAGES', variables.value('WR_STAGES'))
  const listed = variables.isSet('WR_STAGES_LISTED')
    ? stagesIn('WR_STAGES_LISTED', variables.value('WR_STAGES_LISTED'))
    : unlisted
  const hasFilter = [...unlisted, ...listed].includes('filter')
  const plugins = variables.value('WR_PLUGINS')
  for (const name of ['WR_FILTER_WORDS_FILE', 'WR_FILTER_MODE'] as const)
    if (!hasFilter && variables.isSet(name)) throw new ConfigError(`${name} is of no use without filter in WR_STAGES`)
  for (const name of ['WR_PLUGIN_TIMEOUT', 'WR_PLUGIN_CONCURRENCY'] as const)
    if (plugins.length === 0 && variables.isSet(name)) throw new ConfigError(`${name} is of no use without WR_PLUGINS`)
  const wordsFile = variables.value('WR_FILTER_WORDS_FILE')
  if (hasFilter && wordsFile === undefined) throw new ConfigError('filter in WR_STAGES needs WR_FILTER_WORDS_FILE')
  return Object.freeze({
    unlisted,
    listed,
    words: wordsFile === undefined ? undefined : readWords(contentOf('WR_FILTER_WORDS_FILE', wordsFile)),
    filterMode: variables.value('WR_FILTER_MODE'),
    plugins,
    pluginTimeoutMs: variables.value('WR_PLUGIN_TIMEOUT'),
    pluginConcurrency: variables.value('WR_PLUGIN_CONCURRENCY'),
  })
}

const isStage = (word: string): word is StageName => STAGE_NAMES.some((name) => name === word)

function isStageOrNone(word: string): boolean {
  return word === 'none' || isStage(word)
}

function stagesIn(name: string, words: readonly string[]): readonly StageName[] {
  if (new Set(words).size < words.length) throw new ConfigError(`${name} names a stage twice`)
  if (words.includes('none') && words.length > 1) throw new ConfigError(`${name} must be none, or stages`)
  return words.filter(isStage)
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
