import type { Epoch, ErrorCode, Key, Offset } from '@whisperrooms/protocol'
import type { OutboxItem, Sent } from './types.ts'
import type { WhisperError } from './whisper-error.ts'

/** What the outbox knows about one message. */
export interface Item {
  /** Replaced, never changed, because snapshots share it. */
  view: OutboxItem
  readonly typedAtMs: number
  /** The epoch that `replyTo` is an offset of. */
  readonly repliesIn: Epoch | undefined
  readonly resolve: (sent: Sent) => void
  readonly reject: (error: WhisperError) => void
  /** Bus time until which it may enter the log under this key; set by the first try. */
  before: number | undefined
  /** The server said that `before` has passed. */
  late: boolean
  /** Copies sent on this socket that have no answer yet. */
  copies: number
  /** Copies sent on any socket in this epoch that may have reached the log. */
  exposed: number
  /** When the oldest of those would be gone from the log again, on the monotonic clock. */
  expiresMs: number
  /** Part of the log was not seen since the first try. */
  doubted: boolean
  /** It was tried in an earlier epoch: members may have it on their screens under this key. */
  keepsKey: boolean
  /** It is in the log there, but was not seen yet. */
  target: Offset | undefined
}

/** @returns a message that was not tried yet, and the promise of its arrival. */
export function createItem(
  key: Key,
  text: string,
  { replyTo, ttlSeconds }: Pick<OutboxItem, 'replyTo' | 'ttlSeconds'>,
  typedAtMs: number,
  repliesIn: Epoch | undefined,
): { item: Item; promise: Promise<Sent> } {
  const { promise, resolve, reject } = Promise.withResolvers<Sent>()
  const item: Item = {
    view: { key, text, replyTo, ttlSeconds, state: 'queued', code: undefined },
    typedAtMs,
    repliesIn,
    resolve,
    reject,
    ...UNTRIED,
    copies: 0,
    keepsKey: false,
    target: undefined,
  }
  return { item, promise }
}

/** Of a message no copy of which can be in the log. */
const UNTRIED = { before: undefined, late: false, exposed: 0, expiresMs: 0, doubted: false } as const

/** Copies on this socket under the same key still get their answers, which must not be taken for those of later copies. */
export function forgetTries(item: Item): void {
  Object.assign(item, UNTRIED)
  if (item.keepsKey) item.exposed = item.copies
  else item.copies = 0
}

/** Whether it still wants to get into the log. */
export const isOpen = ({ view, target }: Item): boolean => view.state !== 'failed' && target === undefined

export const isLate = ({ late, before }: Item, busNow: number): boolean =>
  late || (before !== undefined && before < busNow)

/** Whether a copy refused for `code` may be in the log nevertheless: the bus was asked and did not answer. */
export const mayHaveArrived = (code: ErrorCode): boolean => code === 'bus_unavailable' || code === 'internal'
