/** How many wait for a room: work that nobody waits for makes way for theirs. */
export class Waiting {
  #count = 0

  get isAnybody(): boolean {
    return this.#count > 0
  }

  /** Counts one more until `task` has settled. */
  async whilst<T>(task: Promise<T>): Promise<T> {
    this.#count++
    try {
      return await task
    } finally {
      this.#count--
    }
  }
}
