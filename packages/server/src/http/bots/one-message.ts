import { type AckFrame, type ErrorCode, mayRetry, type Offset } from '@whisperrooms/protocol'
import type { Intent, Sender } from '../../ingress/intent.ts'
import type { Outcome } from '../../rooms/outcome.ts'
import type { Room } from '../../rooms/room.ts'
import type { Admitted } from '../../socket/admitted.ts'

/** What became of a message that was posted. */
export type Answer =
  | { readonly ok: true; readonly ack: AckFrame }
  /** `retryAfter` in milliseconds, where somebody knows it. */
  | { readonly ok: false; readonly code: ErrorCode; readonly retryAfter?: number }

/** Whoever posts one message, and waits for what becomes of it. */
export class OneMessage implements Sender {
  readonly room: Room
  readonly member: Admitted['member']
  readonly name: string
  readonly role: Admitted['role']
  readonly ownerHash = undefined
  readonly via: string | undefined
  readonly joined: Offset
  /** Requests come in no order that could be kept. */
  readonly hold = 0
  /** Known at the latest when the bus has not confirmed it in time. */
  readonly answer: Promise<Answer>
  readonly #answer: (answer: Answer) => void

  constructor({ room, member, name, role, via, joined }: Admitted) {
    this.room = room
    this.member = member
    this.name = name
    this.role = role
    this.via = via
    this.joined = joined
    const { promise, resolve } = Promise.withResolvers<Answer>()
    this.answer = promise
    this.#answer = resolve
  }

  settle(intent: Intent, outcome: Outcome): void {
    if (!outcome.ok && outcome.isVoid && mayRetry(outcome.code)) {
      if (intent.state === 'open') this.refuse(intent, outcome.code)
      return
    }
    intent.state = 'settled'
    if (!outcome.ok) return this.#answer({ ok: false, code: outcome.code })
    const { target, expires, duplicate } = outcome
    const ack: AckFrame = { type: 'ack', key: intent.key, target, expires, ...(duplicate ? { duplicate } : {}) }
    this.#answer({ ok: true, ack })
  }

  refuse(intent: Intent, code: ErrorCode): void {
    intent.state = 'refused'
    this.#answer({ ok: false, code })
  }
}
