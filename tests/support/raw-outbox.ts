import { LIMITS, mayRetry } from '@whisperrooms/protocol'
import type { Account } from './ledger.ts'
import { newKey } from './member.ts'

/** Messages without an answer at most: fewer than a gateway allows. */
const MOST_ON_WIRE = 8
/** Closer to its `before` than this a message is not tried any more, in milliseconds. */
const LAST_TRY_MS = 500
/** When a gateway says nothing about when to try again, in milliseconds. */
const PAUSE_MS = 300

interface Item {
  readonly text: string
  key: string
  /** Bus time until which it may enter the log under this key; set by the first try. */
  before: number | undefined
  /** A copy is on its way, without an answer. */
  isOnWire: boolean
  /** A copy may be in the log though nobody said so. */
  mayBeIn: boolean
  /** A gateway said that its time has passed. */
  isLate: boolean
  /** Since it was tried, part of the log was not seen. */
  isDoubted: boolean
  /** In an earlier epoch it may have been seen under this key, so it keeps it. */
  keepsKey: boolean
  code: string | undefined
}

/** Messages on their way into the log, in order, by the rules of the protocol; written anew, so that it does not err with the SDK. */
export class RawOutbox {
  readonly #account: Account
  readonly #send: (frame: object) => void
  #items: Item[] = []
  #isLive = false
  /** After a refusal nothing is sent until everything on its way has its answer: then all is sent again, in order. */
  #isRecovering = false
  #pause: NodeJS.Timeout | undefined
  #pausedUntilMs = 0

  constructor(account: Account, send: (frame: object) => void) {
    this.#account = account
    this.#send = send
  }

  add(text: string): void {
    this.#items.push({ text, key: newKey(), ...UNTRIED, isOnWire: false, keepsKey: false, code: undefined })
    this.#pump()
  }

  isTold(code: string): boolean {
    return this.#items.some((item) => item.code === code)
  }

  live(): void {
    this.#isLive = true
    this.#pump()
  }

  lost(): void {
    this.#isLive = this.#isRecovering = false
    clearTimeout(this.#pause)
    this.#pause = undefined
    this.#pausedUntilMs = 0
    for (const item of this.#items) {
      item.mayBeIn ||= item.isOnWire
      item.isOnWire = false
    }
  }

  /** The message is in the log: by its ack, or by its own frame. */
  arrived(key: string, offset: number): void {
    const item = this.#find(key)
    if (item === undefined) return
    this.#remove(item)
    this.#account.confirmed(item.text, offset)
    this.#pump()
  }

  refused(key: string, code: string, retryAfterMs = PAUSE_MS): void {
    const item = this.#find(key)
    if (item === undefined) return
    item.isOnWire = false
    item.code = code
    if (code === 'too_late') item.isLate = true
    else if (code === 'bad_before') this.#startAnew(item)
    else if (!mayRetry(code)) return this.#giveBack(item, code)
    else item.mayBeIn ||= code === 'bus_unavailable' || code === 'internal'
    this.#isRecovering = true
    this.#wait(retryAfterMs)
  }

  /** The log has been read up to here, and everything of it was written to this socket. */
  read(busMs: number): void {
    for (const item of [...this.#items]) {
      if (item.isOnWire || !item.mayBeIn || item.before === undefined || item.before >= busMs) continue
      if (item.isDoubted || item.keepsKey) this.#doubt(item)
      else this.#giveBack(item, 'too_late')
    }
    this.#pump()
  }

  /** Part of the log was not seen. */
  missed(): void {
    for (const item of this.#items) item.isDoubted ||= item.mayBeIn || item.isOnWire
  }

  /** Offsets have lost their meaning: what was not confirmed is tried in the new log, under the key that others may know. */
  newEpoch(): void {
    for (const item of this.#items) {
      item.keepsKey ||= item.mayBeIn || item.isOnWire
      Object.assign(item, UNTRIED)
    }
    this.#pump()
  }

  end(): void {
    this.lost()
    this.#items = []
  }

  #pump(): void {
    if (!this.#isLive || this.#pause !== undefined) return
    let onWire = this.#items.filter(({ isOnWire }) => isOnWire).length
    if (this.#isRecovering && onWire > 0) return
    this.#isRecovering = false
    for (const item of this.#items) {
      if (item.isOnWire) continue
      if (this.#isTooLate(item)) {
        // What became of it is known once the log has been read past its time; until then nothing overtakes it.
        if (item.mayBeIn) return
        this.#startAnew(item)
      }
      if (onWire++ >= MOST_ON_WIRE) return
      this.#transmit(item)
    }
  }

  #isTooLate({ isLate, before }: Item): boolean {
    return isLate || (before !== undefined && this.#account.busNow() > before - LAST_TRY_MS)
  }

  #transmit(item: Item): void {
    item.before ??= Math.round(this.#account.busNow()) + LIMITS.beforeMs
    item.isOnWire = true
    this.#send({ type: 'send', key: item.key, text: item.text, before: item.before })
  }

  /** No copy can be in the log. */
  #startAnew(item: Item): void {
    this.#skip(item)
    Object.assign(item, UNTRIED)
    if (!item.keepsKey) item.key = newKey()
  }

  #giveBack(item: Item, code: string): void {
    this.#skip(item)
    this.#remove(item)
    this.#account.returned(item.text, code)
  }

  #doubt(item: Item): void {
    this.#skip(item)
    this.#remove(item)
    this.#account.doubted(item.text, 'too_late')
  }

  #skip({ key }: Item): void {
    if (this.#isLive) this.#send({ type: 'skip', key })
  }

  /** What was refused behind another does not shorten the other's pause. */
  #wait(ms: number): void {
    clearTimeout(this.#pause)
    const now = performance.now()
    this.#pausedUntilMs = Math.max(this.#pausedUntilMs, now + ms)
    this.#pause = setTimeout(() => {
      this.#pause = undefined
      this.#pump()
    }, this.#pausedUntilMs - now)
  }

  #find(key: string): Item | undefined {
    return this.#items.find((item) => item.key === key)
  }

  #remove(item: Item): void {
    this.#items = this.#items.filter((other) => other !== item)
  }
}

/** Of a message no copy of which can be in the log. */
const UNTRIED = { before: undefined, mayBeIn: false, isLate: false, isDoubted: false } as const
