import type { Offset } from '@whisperrooms/protocol'

/** So many names are remembered; of more, what has not changed for longest is forgotten. */
const MOST_NAMES = 1_000
/** So many changes of each: older ones than these are of records that have vanished, as long as nobody hurries. */
const MOST_CHANGES = 4
/** Behind all there is. */
export const LATEST = Number.MAX_SAFE_INTEGER as Offset

type Change<T> = readonly [since: Offset, value: T]

/** What counts for each of some names, and since which place in the log. Bounded. */
export class Dated<T> {
  readonly #changes = new Map<string, Change<T>[]>()
  readonly #isValue: (value: unknown) => value is T

  constructor(isValue: (value: unknown) => value is T) {
    this.#isValue = isValue
  }

  get isEmpty(): boolean {
    return this.#changes.size === 0
  }

  set(name: string, since: Offset, value: T): void {
    const changes = this.#changes.get(name) ?? []
    if (changes.at(-1)?.[1] !== value) changes.push([since, value])
    if (changes.length > MOST_CHANGES) changes.shift()
    this.#changes.delete(name)
    this.#changes.set(name, changes)
    const [oldest] = this.#changes.keys()
    if (this.#changes.size > MOST_NAMES && oldest !== undefined) this.#changes.delete(oldest)
  }

  /** Of whom `value` counts now. */
  names(value: T): string[] {
    return [...this.#changes].flatMap(([name, changes]) => (changes.at(-1)?.[1] === value ? [name] : []))
  }

  /** What counts for a record at `offset`. */
  at(name: string, offset: Offset): T | undefined {
    return this.#changes.get(name)?.findLast(([since]) => since < offset)?.[1]
  }

  /** What counts now has counted since `since`, and nothing else before. */
  moveTo(since: Offset): void {
    for (const [name, changes] of this.#changes) {
      const last = changes.at(-1)
      if (last !== undefined) this.#changes.set(name, [[since, last[1]]])
    }
  }

  toJson(): object {
    return Array.from(this.#changes, ([name, changes]) => [name, [...changes]])
  }

  /** Takes over what `toJson` gave; what is not of that shape is left out. */
  adopt(json: unknown): void {
    if (!Array.isArray(json)) return
    for (const entry of json) {
      if (!Array.isArray(entry)) continue
      const [name, changes] = entry as unknown[]
      if (typeof name !== 'string' || !Array.isArray(changes)) continue
      for (const change of changes as unknown[]) {
        if (!Array.isArray(change)) continue
        const [since, value] = change as unknown[]
        if (typeof since === 'number' && this.#isValue(value)) this.set(name, since as Offset, value)
      }
    }
  }
}
