import { Account } from './ledger/account.ts'
import { audit, isSettled } from './ledger/audit.ts'
import type { Resume } from './ledger/claim.ts'
import type { Fault, Page } from './ledger/fault.ts'
import { Journal } from './ledger/journal.ts'
import { FATES, type Fate, RoomBook, type Written } from './ledger/room-book.ts'

export type { Account } from './ledger/account.ts'
export type { Fault, FaultKind } from './ledger/fault.ts'
export { LoopWatch } from './ledger/loop-watch.ts'

/** So many faults are told with their stories; the others are counted. */
const MOST_STORIES = 5

/**
 * Accounts for every message: who wrote it, who was told what about it, who had it on the screen and when. Each member's account is
 * told of its sockets' frames and of its screen; `faults` are what in all of that breaks a promise.
 *
 * Members of one room tell messages apart by their texts, so no text may be written twice.
 */
export class Ledger {
  readonly #clock: () => number
  readonly #lagMs: () => number
  readonly #journal: Journal
  readonly #pages = new Map<string, Page>()
  readonly #faults: Fault[] = []

  /**
   * @param clock monotonic, in milliseconds.
   * @param lagMs how late timers of this process have been lately, in milliseconds: so much later a screen may be.
   */
  constructor(clock: () => number, lagMs: () => number) {
    this.#clock = clock
    this.#lagMs = lagMs
    this.#journal = new Journal(clock)
  }

  /** Opens the account of one member of one room. */
  account(room: string, name: string): Account {
    const page = this.#pages.get(room) ?? this.#openPage(room)
    const account = new Account(name, page)
    page.room.accounts.push(account)
    return account
  }

  get accounts(): readonly Account[] {
    return this.#rooms().flatMap(({ accounts }) => accounts)
  }

  /** Every return after a lost connection. */
  get resumes(): readonly Resume[] {
    return this.accounts.flatMap(({ resumes }) => resumes)
  }

  /** How many messages came to what. */
  get fates(): Readonly<Record<Fate, number>> {
    const sum = { open: 0, confirmed: 0, returned: 0, doubtful: 0 }
    for (const { fates } of this.#rooms()) for (const fate of FATES) sum[fate] += fates[fate]
    return sum
  }

  /** What was written at or after an instant of the clock, in whatever room. */
  writtenSince(ms: number): Written[] {
    return this.#rooms().flatMap(({ written }) => [...written.values()].filter(({ writtenMs }) => writtenMs >= ms))
  }

  /** Whether everybody has been told all there is. */
  isSettled(): boolean {
    return this.#rooms().every(isSettled)
  }

  /** Notes what the test does, so that stories tell of it. */
  note(what: string): void {
    for (const page of this.#pages.values()) for (const { name } of page.room.accounts) page.note(name, `(${what})`)
  }

  /** Everything that is wrong, each once. Call it when nothing is under way any more. */
  faults(): readonly Fault[] {
    for (const page of this.#pages.values()) audit(page)
    return this.#faults
  }

  /** @throws Error with the stories of what is wrong, unless nothing is. */
  expectNoFaults(): void {
    const faults = this.faults()
    if (faults.length === 0) return
    const byKind = Object.groupBy(faults, ({ kind }) => kind)
    const counts = Object.entries(byKind).map(([kind, alike]) => `${alike?.length} ${kind}`)
    const stories = faults.slice(0, MOST_STORIES).map((fault) => this.story(fault))
    throw new Error(`The ledger does not balance: ${counts.join(', ')}.\n${stories.join('\n')}`)
  }

  /** @throws Error with the stories of messages that did not come to be known to be in the log, unless all did. */
  expectAllConfirmed(): void {
    const others = this.writtenSince(0).filter(({ fate }) => fate !== 'confirmed')
    if (others.length === 0) return
    const stories = others.slice(0, MOST_STORIES).map((written) => this.storyOf(written))
    throw new Error(`${others.length} messages are not known to be in the log.\n${stories.join('\n')}`)
  }

  /** What happened to the message of a fault, or to the connection it is about. */
  story({ kind, room, who, text, what, beside }: Fault): string {
    const texts = [text, beside].filter((one) => one !== undefined)
    const written = this.#pages.get(room)?.room.written
    const authors = texts.flatMap((one) => written?.get(one)?.author.name ?? [])
    return `${kind}: ${who} ${what}\n${this.#journal.story(room, texts, [who, ...authors])}`
  }

  /** What happened to a message, and to the connections of its author. */
  storyOf({ text, author, fate }: Written): string {
    return `${fate}: ${author.name}\n${this.#journal.story(author.room, [text], [author.name])}`
  }

  #rooms(): RoomBook[] {
    return [...this.#pages.values()].map(({ room }) => room)
  }

  #openPage(name: string): Page {
    const room = new RoomBook(name)
    const found = new Set<string>()
    const page: Page = {
      room,
      clock: this.#clock,
      lagMs: this.#lagMs,
      note: (who, what, text) => this.#journal.note(name, who, what, text),
      fault: (kind, who, text, what, beside) => {
        const id = JSON.stringify([kind, who, text ?? what])
        if (found.has(id)) return
        found.add(id)
        this.#faults.push({ kind, room: name, who, text, what, beside })
      },
    }
    this.#pages.set(name, page)
    return page
  }
}
