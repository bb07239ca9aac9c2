import { type Key, LIMITS } from '@whisperrooms/protocol'

/** So many held messages are remembered; a client sends no more without an answer. */
const MOST_HELD = 1_000
/** So many answers are remembered: as many messages as a client may have under way. */
const MOST_ANSWERED = LIMITS.inFlightFrames
/** From then on a message that was held can no longer come again under its key, in milliseconds. */
const OVER_MS = LIMITS.beforeMs + LIMITS.beforeSlackMs

/**
 * Keeps one socket's messages in order: after one was refused in a way that may pass, all later ones are held until it comes
 * again, is skipped, or is answered late.
 */
export class Hold {
  /** Counts the holds: what came in before the latest one began must not pass it either. */
  count = 0
  /** The refused one. */
  #by: Key | undefined
  readonly #changed: (before: Key | undefined, by: Key | undefined) => void
  /** Whether that one was refused before it was let in: then others that came before it are still on their way. */
  #isAtDoor = false
  /** What was held meanwhile, in order, on its way and, behind that, at the door: the first is next when the one before it is answered late. */
  readonly #held = new Set<Key>()
  readonly #atDoor = new Set<Key>()
  /** What became known of last. Their answers may still be on their way, and the same messages once more on theirs: nobody waits for those. */
  readonly #answered = new Set<Key>()
  /** Since when it holds, at the earliest: one that does not come again holds nobody for good. */
  #sinceMs = Number.POSITIVE_INFINITY
  /** When a message came last. */
  #cameMs = 0

  /** @param changed told which message it waits for from now on, and for which no longer; `undefined`: for none. */
  constructor(changed: (before: Key | undefined, by: Key | undefined) => void) {
    this.#changed = changed
  }

  /** The message it waits for. */
  get by(): Key | undefined {
    return this.#by
  }

  /** Takes note that a message comes (again). @returns whether it must wait; if not, whatever held is over. */
  mustWait(key: Key, nowMs: number): boolean {
    const isOver = nowMs - this.#sinceMs > OVER_MS
    this.#cameMs = nowMs
    if (this.#by !== undefined && this.#by !== key && !isOver) {
      if (!this.#answered.has(key)) wait(this.#atDoor, key)
      return true
    }
    this.#end()
    return false
  }

  /** A message that need not wait was refused before it was let in. What came before it may go on. */
  refusedAtDoor(key: Key): void {
    if (this.#answered.has(key)) return
    this.#waitFor(key)
    this.#isAtDoor = true
    this.#sinceMs = this.#cameMs
  }

  /** A message was refused on its way, in a way that may pass. @returns whether it is only held, behind one refused before. */
  refused(key: Key): boolean {
    if (this.#answered.has(key)) return false
    if (this.#by !== undefined && this.#by !== key) {
      if (!this.#isAtDoor) {
        wait(this.#held, key)
        return true
      }
      // It was let in, so it came before the one that was not.
      const behind = [this.#by, ...this.#atDoor]
      this.#atDoor.clear()
      for (const other of behind) wait(this.#atDoor, other)
    }
    if (this.#by === undefined || this.#isAtDoor) this.count++
    this.#isAtDoor = false
    this.#waitFor(key)
    this.#sinceMs = this.#cameMs
    return false
  }

  skipped(key: Key): void {
    if (this.#by === key) this.#end()
    this.#held.delete(key)
    this.#atDoor.delete(key)
  }

  /** What became of a message is known: what was held behind it must not be overtaken by what is on its way. */
  answered(key: Key, nowMs: number): void {
    this.#answered.delete(key)
    this.#answered.add(key)
    const [oldest] = this.#answered
    if (this.#answered.size > MOST_ANSWERED && oldest !== undefined) this.#answered.delete(oldest)
    // Sent once more meanwhile, it may have been held.
    this.#held.delete(key)
    this.#atDoor.delete(key)
    if (this.#by !== key) return
    const [next] = [...this.#held, ...this.#atDoor]
    if (next === undefined) return this.#end()
    this.#isAtDoor = !this.#held.delete(next) && this.#atDoor.delete(next)
    this.#waitFor(next)
    this.#sinceMs = nowMs
  }

  #waitFor(key: Key | undefined): void {
    const before = this.#by
    this.#by = key
    if (before !== key) this.#changed(before, key)
  }

  #end(): void {
    this.#waitFor(undefined)
    this.#isAtDoor = false
    this.#held.clear()
    this.#atDoor.clear()
    this.#sinceMs = Number.POSITIVE_INFINITY
  }
}

function wait(waiting: Set<Key>, key: Key): void {
  if (waiting.size < MOST_HELD) waiting.add(key)
}
