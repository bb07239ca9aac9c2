import type { RoomKey } from '@whisperrooms/protocol'
import type { StoredMessage } from './driver.ts'

/** What a message takes besides key and value, in bytes, roughly: what is empty takes memory too. */
const OVERHEAD_BYTES = 128

/** One room's messages, in order; those before `next` have been taken out. */
interface Waiting {
  readonly messages: StoredMessage[]
  next: number
}

/** What was read of a shard and has not been taken in, by room. What is of no room counts as one room more. */
export class Backlog {
  readonly #rooms = new Map<string, Waiting>()
  #bytes = 0

  get isEmpty(): boolean {
    return this.#rooms.size === 0
  }

  /** Memory it takes, roughly. */
  get bytes(): number {
    return this.#bytes
  }

  add(messages: readonly StoredMessage[]): void {
    for (const message of messages) {
      const key = message.keyText
      const known = this.#rooms.get(key)
      if (known === undefined) this.#rooms.set(key, { messages: [message], next: 0 })
      else known.messages.push(message)
      this.#bytes += sizeOf(message)
    }
  }

  /** Adds those whose room has something waiting. @returns the others. */
  addBehind(messages: readonly StoredMessage[]): StoredMessage[] {
    const isWaiting = (message: StoredMessage) => this.#rooms.has(message.keyText)
    this.add(messages.filter(isWaiting))
    return messages.filter((message) => !isWaiting(message))
  }

  /** Whether anything of a room waits. */
  has(room: RoomKey): boolean {
    return this.#rooms.has(room)
  }

  /** Takes out so many of one room, or what there is, in order. */
  takeRoom(room: RoomKey, count: number): readonly StoredMessage[] {
    return this.#takeOut(room, count)
  }

  /** Takes out about so many, of one room after another, each in order. */
  takeSome(count: number): readonly StoredMessage[] {
    const taken: StoredMessage[] = []
    for (const room of this.#rooms.keys()) {
      if (taken.length >= count) break
      for (const message of this.#takeOut(room, count - taken.length)) taken.push(message)
    }
    return taken
  }

  #takeOut(room: string, count: number): readonly StoredMessage[] {
    const waiting = this.#rooms.get(room)
    if (waiting === undefined) return []
    const taken = waiting.messages.slice(waiting.next, waiting.next + count)
    waiting.next += taken.length
    if (waiting.next === waiting.messages.length) this.#rooms.delete(room)
    for (const message of taken) this.#bytes -= sizeOf(message)
    return taken
  }
}

const sizeOf = ({ bytes }: StoredMessage): number => bytes + OVERHEAD_BYTES
