/** Something that is kept for a key until it is as if it had never been used. */
export interface Forgettable {
  isFresh(nowMs: number): boolean
}

/** So many old entries are looked at for each new one: more than come, so that the map shrinks again. */
const LOOKS = 2

/**
 * Keeps one thing per key, made when it is first asked for. Bounded without a timer: whenever one comes, the oldest are looked at,
 * and those that are as good as new are forgotten; above `most` the oldest goes in any case.
 */
export class Keyed<Key, T extends Forgettable> {
  readonly #things = new Map<Key, T>()
  readonly #make: (nowMs: number) => T
  readonly #most: number

  constructor(make: (nowMs: number) => T, most: number) {
    this.#make = make
    this.#most = most
  }

  get size(): number {
    return this.#things.size
  }

  get(key: Key, nowMs: number): T {
    const known = this.#things.get(key)
    if (known !== undefined) return known
    this.#forget(nowMs)
    const made = this.#make(nowMs)
    this.#things.set(key, made)
    return made
  }

  /** What is kept for a key, if anything is. */
  peek(key: Key): T | undefined {
    return this.#things.get(key)
  }

  #forget(nowMs: number): void {
    let looks = LOOKS
    for (const [key, thing] of this.#things) {
      if (looks-- === 0) break
      this.#things.delete(key)
      if (!thing.isFresh(nowMs)) this.#things.set(key, thing)
    }
    if (this.#things.size < this.#most) return
    const [oldest] = this.#things.keys()
    if (oldest !== undefined) this.#things.delete(oldest)
  }
}
