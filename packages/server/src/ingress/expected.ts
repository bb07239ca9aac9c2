import { type Key, type MemberId, mayRetry, type RoomRecord } from '@whisperrooms/protocol'
import type { Outcome } from '../rooms/outcome.ts'

/** Whoever must know when a message of theirs turns up in the log, though it came there through another socket. */
export interface Expecting {
  readonly member: MemberId
  turnedUp(key: Key): void
}

/** What is expected in the log beside what this gateway has on its way there: one message at a time of each who waits. */
export class Expected {
  readonly #waiting = new Map<string, Set<Expecting>>()

  add(who: Expecting, key: Key): void {
    const id = idOf(who.member, key)
    const others = this.#waiting.get(id)
    if (others === undefined) this.#waiting.set(id, new Set([who]))
    else others.add(who)
  }

  delete(who: Expecting, key: Key): void {
    const id = idOf(who.member, key)
    const waiting = this.#waiting.get(id)
    if (waiting?.delete(who) && waiting.size === 0) this.#waiting.delete(id)
  }

  observed({ member, key }: RoomRecord, outcome: Outcome): void {
    // One that was void is to come again.
    if (this.#waiting.size === 0 || (!outcome.ok && outcome.isVoid && mayRetry(outcome.code))) return
    // Whoever is told may wait for another from then on.
    for (const who of [...(this.#waiting.get(idOf(member, key)) ?? [])]) who.turnedUp(key)
  }
}

const idOf = (member: string, key: string): string => `${member} ${key}`
