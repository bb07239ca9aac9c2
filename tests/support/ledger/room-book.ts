import type { Account } from './account.ts'

/** Where a message is in the log. */
export interface Place {
  readonly epoch: string
  readonly offset: number
}

/**
 * What its author was told of a message.
 * - `returned`: that it was not sent and never will be.
 * - `doubtful`: that nobody can say.
 */
export type Fate = (typeof FATES)[number]
export const FATES = ['open', 'confirmed', 'returned', 'doubtful'] as const

/** A message somebody wrote. Texts tell messages apart: a key may be given up for another. */
export interface Written {
  readonly text: string
  readonly author: Account
  /** On the ledger's clock. */
  readonly writtenMs: number
  fate: Fate
}

/** A message as somebody received it from the log. */
export interface Logged {
  readonly text: string
  readonly offset: number
  /** Bus time, milliseconds. */
  readonly expires: number
}

/** What is known of one room, put together from what all its members were told. */
export class RoomBook {
  readonly name: string
  readonly accounts: Account[] = []
  /** In the order in which they were written. */
  readonly written = new Map<string, Written>()
  /** How many of them came to what. */
  readonly fates: Record<Fate, number> = { open: 0, confirmed: 0, returned: 0, doubtful: 0 }
  /** The logs of the epochs, in the order in which they were heard of. */
  readonly #logs = new Map<string, Map<string, Logged>>()

  constructor(name: string) {
    this.name = name
  }

  write(text: string, author: Account, writtenMs: number): void {
    this.written.set(text, { text, author, writtenMs, fate: 'open' })
    this.fates.open++
  }

  settle(text: string, fate: Fate): void {
    const written = this.written.get(text)
    if (written === undefined) return
    this.fates[written.fate]--
    this.fates[fate]++
    written.fate = fate
  }

  get epochs(): readonly string[] {
    return [...this.#logs.keys()]
  }

  /** Somebody was told of an epoch. */
  hear(epoch: string): void {
    this.#logOf(epoch)
  }

  /** The number of an epoch; later ones are higher. */
  ordinalOf(epoch: string): number {
    return this.epochs.indexOf(epoch)
  }

  /** Takes in that somebody received it. @returns what was known of the message in this epoch before. */
  log(epoch: string, logged: Logged): Logged | undefined {
    const log = this.#logOf(epoch)
    const known = log.get(logged.text)
    if (known === undefined) log.set(logged.text, logged)
    return known
  }

  find(text: string, epoch: string): Logged | undefined {
    return this.#logs.get(epoch)?.get(text)
  }

  /** What an epoch's log has had, in its order. */
  logged(epoch: string): readonly Logged[] {
    return [...(this.#logs.get(epoch)?.values() ?? [])].sort((a, b) => a.offset - b.offset)
  }

  #logOf(epoch: string): Map<string, Logged> {
    const known = this.#logs.get(epoch) ?? new Map<string, Logged>()
    this.#logs.set(epoch, known)
    return known
  }
}
