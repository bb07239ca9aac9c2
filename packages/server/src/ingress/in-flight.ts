import type { ErrorCode, RoomRecord } from '@whisperrooms/protocol'
import type { Outcome } from '../rooms/outcome.ts'
import type { Intent, Sender } from './intent.ts'

/** How long a refused intent may still turn up in the log: its `notAfter` is at most 12 s ahead. Milliseconds. */
const LATE_MS = 15_000

/** Told what became of an intent, `undefined`: it is in the log. One that was refused may be told again, when it was observed after all. */
export type Answered = (intent: Intent, code: ErrorCode | undefined) => void

/** What has been handed to the pipeline and not been observed in the log: by member and key, and by sender. */
export class InFlight {
  readonly #intents = new Map<string, Intent[]>()
  readonly #bySender = new Map<Sender, Set<Intent>>()
  readonly #answered: Answered | undefined

  /** @param answered told of each before its sender is. */
  constructor(answered?: Answered) {
    this.#answered = answered
  }

  get size(): number {
    return this.#intents.size
  }

  add(intent: Intent): void {
    const id = idOf(intent.sender.member, intent.key)
    const same = this.#intents.get(id)
    if (same === undefined) this.#intents.set(id, [intent])
    else same.push(intent)
    const ofSender = this.#bySender.get(intent.sender)
    if (ofSender === undefined) this.#bySender.set(intent.sender, new Set([intent]))
    else ofSender.add(intent)
  }

  /** It will never be in the log: it was refused before it was passed on. */
  delete(intent: Intent): void {
    const id = idOf(intent.sender.member, intent.key)
    const rest = this.#intents.get(id)?.filter((other) => other !== intent)
    if (rest === undefined || rest.length === 0) this.#intents.delete(id)
    else this.#intents.set(id, rest)
    this.#deleteOfSender(intent)
  }

  /** A record was observed: tells everyone who waits for it, in time or late. @returns whether anybody did. */
  observed({ member, key }: RoomRecord, outcome: Outcome): boolean {
    const id = idOf(member, key)
    const intents = this.#intents.get(id)
    if (intents === undefined) return false
    this.#intents.delete(id)
    for (const intent of intents) this.#deleteOfSender(intent)
    const again: Outcome = outcome.ok ? { ...outcome, duplicate: true } : outcome
    for (const [i, intent] of intents.entries()) {
      this.#answered?.(intent, outcome.ok ? undefined : outcome.code)
      intent.sender.settle(intent, i === 0 ? outcome : again)
    }
    return true
  }

  /** Open intents of one sender, in order. */
  openOf(sender: Sender): Intent[] {
    return [...(this.#bySender.get(sender) ?? [])].filter(({ state }) => state === 'open')
  }

  /** Open intents that came in before `since`, and forgets the refused ones that can no longer turn up. */
  overdue(since: number): Intent[] {
    const overdue: Intent[] = []
    for (const intents of this.#intents.values())
      for (const intent of intents) {
        if (intent.state === 'open' && intent.since < since) overdue.push(intent)
        else if (intent.state === 'refused' && intent.since < since - LATE_MS) this.delete(intent)
      }
    return overdue
  }

  #deleteOfSender(intent: Intent): void {
    const ofSender = this.#bySender.get(intent.sender)
    if (ofSender?.delete(intent) && ofSender.size === 0) this.#bySender.delete(intent.sender)
  }
}

const idOf = (member: string, key: string): string => `${member} ${key}`
