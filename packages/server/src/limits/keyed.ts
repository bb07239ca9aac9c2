/** Something that is kept for a key until it is as if it had never been used. */
export interface Forgettable {
  isFresh(nowMs: number): boolean
}

/** So many old entries are looked at for each new one: more than come, so that the map shrinks again. */
const LOOKS_PER_NEW = 2

/**
 * Keeps one thing per key, made when it is first asked for. Whenever one comes, the oldest are looked at, and those that are as good
 * as new are forgotten; above `most` the oldest goes in any case.
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
    this.forget(nowMs, LOOKS_PER_NEW)
    if (this.#things.size >= this.#most) this.#forgetOldest()
    const made = this.#make(nowMs)
    this.#things.set(key, made)
    return made
  }

  /** What is kept for a key, if anything is. */
  peek(key: Key): T | undefined {
    return this.#things.get(key)
  }

  /** Looks at so many, those first that have not been looked at for longest, and forgets which are as good as new. */
  forget(nowMs: number, looks: number): void {
    let left = Math.min(looks, this.#things.size)
    for (const [key, thing] of this.#things) {
      if (left-- === 0) break
      this.#things.delete(key)
      if (!thing.isFresh(nowMs)) this.#things.set(key, thing)
    }
  }

  #forgetOldest(): void {
    const [oldest] = this.#things.keys()
    if (oldest !== undefined) this.#things.delete(oldest)
  }
}
