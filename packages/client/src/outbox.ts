import type { ClientFrame, Epoch, ErrorCode, Key, Offset } from '@whisperrooms/protocol'
import type { Scheduler } from './scheduler.ts'
import type { ClosedReason, OutboxItem, Sent } from './types.ts'

/** What the outbox needs from its room. */
export interface OutboxPort {
  readonly scheduler: Scheduler
  /** Random, 0 ≤ unit < 1. */
  readonly unit: () => number
  readonly newKey: () => Key
  /** Bus time now. */
  readonly busNow: () => number
  /** The room's time to live in seconds; `undefined` before the first welcome. */
  readonly ttlSeconds: () => number | undefined
  readonly send: (frame: ClientFrame) => boolean
  /** Asks the server how far the log was read. */
  readonly ask: () => void
  readonly changed: () => void
  readonly returned: (item: OutboxItem) => void
}

/**
 * One's own messages on their way into the log, in order. It goes by these rules:
 *
 * 1. Messages are sent in their order, at most `inFlight` without an answer. After a refusal that may be retried, that message
 *    and all behind it are sent again, in order: the server holds them until then.
 * 2. A try that got no answer may have reached the log. Until its `before` has passed, only the same key is sent again,
 *    with the same `before`; the log drops the second copy. A time that was refused (`bad_before`) was badly estimated, and is
 *    estimated anew where no try may have arrived.
 * 3. Once `before` has passed, the text may get a new key, or be given back, only when no try can have reached the log: each was
 *    refused, or the log was read beyond `before` without a hole and without the key in it.
 * 4. Where the log has a hole nobody can tell: the message fails with `too_late`, and its author decides.
 * 5. A new epoch's log does not have the key, but members' screens may: the same key is tried there as if for the first time.
 * 6. A text older than its time to live is not sent any more but given back.
 */
export interface Outbox {
  add(text: string, options: Pick<OutboxItem, 'replyTo' | 'ttlSeconds'>): Promise<Sent>
  retry(key: Key): void
  discard(key: Key): string | undefined
  /** The same array until something changes. */
  items(): readonly OutboxItem[]
  /** Offsets mean those of `epoch` from here on. */
  enter(epoch: Epoch): void
  /** A socket is live: the replay has been read. */
  live(inFlight: number): void
  lost(): void
  /** The server closed the socket because of the size of a frame. */
  tooBig(): void
  /** The message was seen in the log. */
  seen(key: Key, offset: Offset, expires: number): void
  /** The message is in the log, of which everything up to `cursor` was seen. */
  acked(key: Key, target: Offset, expires: number, cursor: Offset): void
  refused(key: Key, code: ErrorCode, retryAfterMs: number | undefined): void
  /** Everything up to `cursor` was seen. */
  passed(cursor: Offset): void
  /** The log was read up to `busMs` and written to this socket. */
  read(busMs: number): void
  /** Part of the log was not seen: what was tried may have been in it. */
  doubt(): void
  /** Fails everything with `why`; `left` also forgets it. */
  end(why: ClosedReason): void
}
