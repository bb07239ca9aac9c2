import {
  type Epoch,
  type ErrorCode,
  faultOfText,
  type Key,
  LIMITS,
  mayRetry,
  type Offset,
} from '@whisperrooms/protocol'
import { createHold } from './hold.ts'
import type { Outbox, OutboxPort } from './outbox.ts'
import { createItem, forgetTries, type Item, isLate, isOpen, mayHaveArrived } from './outbox-item.ts'
import type { ClosedReason, OutboxItem } from './types.ts'
import { WhisperError } from './whisper-error.ts'

/** Messages kept at most, failed ones included. */
export const OUTBOX_ITEMS = 200
/** Between two questions whether the log has been read past a message's `before`, in milliseconds. */
const ASK_AGAIN_MS = 2_000
/** Closer to its `before` a message is not sent again: it would likely come too late, and what is behind it overtake it. */
const LAST_TRY_MS = 500
/** What an estimate of a message's expiry may be off by, in milliseconds. */
const EXPIRY_SLACK_MS = 2_000

/** The outbox; the numbers in comments are its rules. */
export function createOutbox(port: OutboxPort): Outbox {
  const { scheduler } = port
  const alarm = scheduler.alarm(pump)
  const hold = createHold<Item>(scheduler, port.unit)
  let items: Item[] = []
  let view: readonly OutboxItem[] | undefined = []
  let epoch: Epoch | undefined
  let ended: ClosedReason | undefined
  let isLive = false
  let inFlight = 1
  let askedMs = Number.NEGATIVE_INFINITY

  const find = (key: Key) => items.find((item) => item.view.key === key)

  function lifeMs({ view }: Item): number {
    const room = port.ttlSeconds()
    return room === undefined ? Number.POSITIVE_INFINITY : Math.min(view.ttlSeconds ?? room, room) * 1000
  }
  const isStale = (item: Item) => scheduler.now() >= item.typedAtMs + lifeMs(item)

  function changed(): void {
    view = undefined
    port.changed()
  }

  function show(item: Item, changes: Partial<OutboxItem>): void {
    item.view = { ...item.view, ...changes }
    changed()
  }

  function remove(item: Item): void {
    items = items.filter((other) => other !== item)
    changed()
  }

  /** Tells the server not to wait for this message any longer. */
  function release(item: Item): void {
    if (hold.item() !== item) return
    hold.end()
    port.send({ type: 'skip', key: item.view.key })
  }

  function create(text: string, wanted: Pick<OutboxItem, 'replyTo' | 'ttlSeconds'>, repliesIn: Epoch | undefined) {
    const made = createItem(port.newKey(), text, wanted, scheduler.now(), repliesIn)
    // Whoever does not wait for it sees the outcome in the outbox: no unhandled rejection ends their program.
    made.promise.catch(() => {})
    return made
  }

  function append(item: Item): void {
    items.push(item)
    changed()
    pump()
  }

  function fail(item: Item, code: ErrorCode): void {
    release(item)
    item.copies = 0
    show(item, { state: 'failed', code })
    item.reject(new WhisperError(code))
  }

  /** Rule 6; but what others may have seen in an earlier epoch was not nowhere (rules 4 and 5). */
  function giveBack(item: Item): void {
    if (item.keepsKey) {
      fail(item, 'too_late')
      return
    }
    release(item)
    remove(item)
    item.reject(new WhisperError('too_late'))
    port.returned(item.view)
  }

  /** Rule 3: its time has passed, and no copy can be in the log. */
  function startAnew(item: Item): void {
    if (isStale(item)) giveBack(item)
    else {
      release(item)
      forgetTries(item)
      show(item, { state: 'queued', key: item.keepsKey ? item.view.key : port.newKey() })
    }
  }

  function transmit(item: Item): void {
    if (item.exposed === 0) item.expiresMs = scheduler.now() + lifeMs(item)
    item.before ??= Math.round(port.busNow()) + LIMITS.beforeMs
    item.copies++
    item.exposed++
    hold.sentAgain(item)
    show(item, { state: 'sending' })
    const { key, text, replyTo, ttlSeconds } = item.view
    port.send({
      type: 'send',
      key,
      text,
      before: item.before,
      ttl: ttlSeconds,
      replyTo: item.repliesIn === epoch ? replyTo : undefined,
    })
  }

  /** Does all that can be done now, and sets the alarm for what cannot. */
  function pump(): void {
    for (const item of items) if (isOpen(item) && item.exposed === 0 && isStale(item)) giveBack(item)
    if (isLive) {
      if (scheduler.now() >= hold.untilMs()) sendQueued()
      askWhereLate()
    }
    setAlarm()
  }

  function sendQueued(): void {
    let unanswered = items.reduce((sum, { copies }) => sum + copies, 0)
    for (const item of items) {
      if (!isOpen(item)) continue
      const waits = item.view.state === 'queued'
      if (isLate(item, port.busNow() + (waits ? LAST_TRY_MS : 0))) {
        // Rule 1: what is behind waits until `read` knows its fate.
        if (item.exposed > 0) return
        startAnew(item)
        if (!items.includes(item) || !isOpen(item)) continue
      }
      if (item.view.state !== 'queued') continue
      if (unanswered++ >= inFlight) return
      transmit(item)
    }
  }

  function askWhereLate(): void {
    if (scheduler.now() < askedMs + ASK_AGAIN_MS) return
    if (!items.some((item) => isOpen(item) && item.exposed > 0 && isLate(item, port.busNow()))) return
    askedMs = scheduler.now()
    port.ask()
  }

  function setAlarm(): void {
    const now = scheduler.now()
    let atMs = isLive && hold.untilMs() > now ? hold.untilMs() : Number.POSITIVE_INFINITY
    for (const item of items) {
      if (!isOpen(item)) continue
      if (item.exposed === 0) atMs = Math.min(atMs, item.typedAtMs + lifeMs(item))
      else if (isLive && item.before !== undefined) {
        const lateMs = item.late ? now : now + item.before - port.busNow() + 1
        atMs = Math.min(atMs, Math.max(lateMs, askedMs + ASK_AGAIN_MS))
      }
    }
    alarm.set(atMs)
  }

  /** Rule 1. */
  function requeueFrom(first: Item): void {
    for (const item of items.slice(items.indexOf(first))) if (isOpen(item)) show(item, { state: 'queued' })
  }

  function arrived(item: Item, offset: Offset, expires: number): void {
    item.resolve({ key: item.view.key, offset, expires })
    hold.arrived(item)
  }

  return {
    add(text, options) {
      const { item, promise } = create(text, options, epoch)
      const code = ended ?? faultOfText(text) ?? (items.length >= OUTBOX_ITEMS ? 'rate_limited' : undefined)
      if (code === undefined) append(item)
      else item.reject(new WhisperError(code))
      return promise
    },

    retry(key) {
      const item = find(key)
      if (item?.view.state !== 'failed' || ended !== undefined) return
      remove(item)
      append(create(item.view.text, item.view, item.repliesIn).item)
    },

    discard(key) {
      const item = find(key)
      if (item === undefined || item.target !== undefined) return undefined
      if (item.view.state !== 'failed' && item.exposed > 0) return undefined
      release(item)
      remove(item)
      item.reject(new WhisperError('discarded'))
      pump()
      return item.view.text
    },

    items() {
      view ??= items.map((item) => item.view)
      return view
    },

    enter(next) {
      epoch = next
      items = items.filter(({ target }) => target === undefined)
      changed()
      for (const item of items) {
        if (item.exposed === 0) continue
        item.keepsKey = true
        forgetTries(item)
        if (isOpen(item)) show(item, { state: 'queued' })
      }
      pump()
    },

    live(most) {
      isLive = true
      inFlight = most
      // What was tried so long ago may have been in the log and expired, unseen here and not counted as missed.
      for (const item of items) {
        if (item.exposed > 0 && scheduler.now() >= item.expiresMs - EXPIRY_SLACK_MS) item.doubted = true
      }
      pump()
    },

    lost() {
      isLive = false
      hold.end()
      for (const item of items) {
        item.copies = 0
        if (isOpen(item) && item.view.state === 'sending') show(item, { state: 'queued' })
      }
      pump()
    },

    tooBig() {
      const [longest] = items.filter(({ copies }) => copies > 0).sort((a, b) => b.view.text.length - a.view.text.length)
      if (longest !== undefined) fail(longest, 'too_long')
    },

    seen(key, offset, expires) {
      const item = find(key)
      if (item === undefined) return
      arrived(item, offset, expires)
      remove(item)
      pump()
    },

    acked(key, target, expires, cursor) {
      const item = find(key)
      if (item === undefined) return
      arrived(item, target, expires)
      item.copies = 0
      // It stays visible here until it is seen there: never in neither place.
      if (target <= cursor || item.view.state === 'failed') remove(item)
      else {
        item.target = target
        show(item, { state: 'sending', code: undefined })
      }
      pump()
    },

    passed(cursor) {
      for (const item of items) if (item.target !== undefined && item.target <= cursor) remove(item)
    },

    refused(key, code, retryAfterMs) {
      const item = find(key)
      if (item === undefined) return
      item.copies = Math.max(0, item.copies - 1)
      if (!mayHaveArrived(code)) item.exposed = Math.max(0, item.exposed - 1)
      // While a newer copy is on its way, its answer counts.
      if (!isOpen(item) || item.copies > 0) return pump()
      if (code === 'held') {
        requeueFrom(item)
        if (hold.item() === undefined) hold.pause(undefined, retryAfterMs)
      } else if (mayRetry(code)) {
        requeueFrom(item)
        show(item, { code })
        hold.pause(hold.item() ?? item, retryAfterMs)
      } else if (code === 'too_late' || code === 'bad_before' || item.exposed > 0) {
        // An earlier copy may be in the log: whether it is, `read` will tell.
        if (code !== 'bad_before') item.late = true
        else {
          // The estimate of bus time is off: a pong mends it, and the next try has its time from there.
          port.ask()
          if (item.exposed === 0) forgetTries(item)
        }
        show(item, { state: 'queued', code })
        hold.pause(hold.item(), retryAfterMs)
      } else fail(item, code)
      pump()
    },

    read(busMs) {
      for (const item of items) {
        if (!isOpen(item) || item.before === undefined || item.before >= busMs) continue
        if (item.doubted) fail(item, 'too_late')
        else startAnew(item)
      }
      pump()
    },

    doubt() {
      for (const item of items) if (item.exposed > 0) item.doubted = true
    },

    end(why) {
      ended = why
      isLive = false
      hold.end()
      const unsent = items.filter(isOpen)
      items = why === 'left' ? [] : items.filter(({ target }) => target === undefined)
      for (const item of unsent) {
        if (why === 'left') item.reject(new WhisperError(why))
        else fail(item, why)
      }
      changed()
      alarm.clear()
    },
  }
}
