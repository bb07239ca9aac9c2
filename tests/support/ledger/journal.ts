/** One thing that happened. */
export interface JournalLine {
  /** Milliseconds since the journal began. */
  readonly ms: number
  readonly room: string
  readonly who: string
  readonly what: string
  /** The message it was about; `undefined`: none, such as a lost connection. */
  readonly text: string | undefined
}

/** A story longer than this says nothing more. */
const MOST_LINES = 80
/** How long before a message its story begins, and after it ends, in milliseconds. */
const AROUND_MS = 10_000

/** Everything that happened, in order, to be told when something went wrong. */
export class Journal {
  readonly #clock: () => number
  readonly #startMs: number
  readonly #lines: JournalLine[] = []

  constructor(clock: () => number) {
    this.#clock = clock
    this.#startMs = clock()
  }

  note(room: string, who: string, what: string, text?: string): void {
    this.#lines.push({ ms: this.#clock() - this.#startMs, room, who, what, text })
  }

  /** What happened to some messages, and around them to the connections of `people`; without messages: to the connections. */
  story(room: string, texts: readonly string[], people: readonly string[]): string {
    const inRoom = this.#lines.filter((line) => line.room === room)
    const isAbout = ({ text }: JournalLine) => text !== undefined && texts.includes(text)
    const about = inRoom.filter(isAbout)
    const fromMs = (about[0]?.ms ?? 0) - AROUND_MS
    const untilMs = (about.at(-1)?.ms ?? Number.POSITIVE_INFINITY) + AROUND_MS
    const isAround = ({ ms, who, text }: JournalLine) =>
      text === undefined && people.includes(who) && ms >= fromMs && ms <= untilMs
    const lines = inRoom
      .filter((line) => isAbout(line) || isAround(line))
      .map(({ ms, who, what, text }) => `    ${(ms / 1_000).toFixed(3)} s  ${who} ${what}${label(texts, text)}`)
    const left = lines.length - MOST_LINES
    return [...(left > 0 ? [`    (${left} lines before)`] : []), ...lines.slice(-MOST_LINES)].join('\n')
  }
}

/** Which of several messages a line is about: its first word. */
function label(texts: readonly string[], text: string | undefined): string {
  return texts.length < 2 || text === undefined ? '' : ` [${text.split(' ', 1)[0]}]`
}
