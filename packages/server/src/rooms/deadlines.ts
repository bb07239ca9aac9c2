/** A binary heap of things by their soonest deadline. A thing may stand in it more than once: whoever takes it looks again. */
export class Deadlines<T> {
  readonly #times: number[] = []
  readonly #things: T[] = []

  /** The soonest deadline; `Infinity` when there is none. */
  get soonest(): number {
    return this.#times[0] ?? Number.POSITIVE_INFINITY
  }

  add(time: number, thing: T): void {
    let at = this.#times.length
    this.#times.push(time)
    this.#things.push(thing)
    while (at > 0) {
      const parent = (at - 1) >> 1
      if ((this.#times[parent] as number) <= time) break
      this.#swap(at, parent)
      at = parent
    }
  }

  /** Takes out the thing with the soonest deadline. */
  take(): T | undefined {
    const top = this.#things[0]
    const lastTime = this.#times.pop()
    const lastThing = this.#things.pop()
    if (this.#times.length === 0 || lastTime === undefined || lastThing === undefined) return top
    this.#times[0] = lastTime
    this.#things[0] = lastThing
    let at = 0
    for (;;) {
      const left = at * 2 + 1
      const right = left + 1
      let smallest = at
      if (left < this.#times.length && (this.#times[left] as number) < (this.#times[smallest] as number))
        smallest = left
      if (right < this.#times.length && (this.#times[right] as number) < (this.#times[smallest] as number))
        smallest = right
      if (smallest === at) return top
      this.#swap(at, smallest)
      at = smallest
    }
  }

  #swap(one: number, other: number): void {
    const time = this.#times[one] as number
    this.#times[one] = this.#times[other] as number
    this.#times[other] = time
    const thing = this.#things[one] as T
    this.#things[one] = this.#things[other] as T
    this.#things[other] = thing
  }
}
