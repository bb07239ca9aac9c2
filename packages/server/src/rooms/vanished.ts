import type { Offset } from '@whisperrooms/protocol'
import type { Author } from './author.ts'

/** A room's list takes at most 64 KiB: 52 of offsets, and 12 of authors. */
const MAX_BYTES = 52 * 1024
const MAX_AUTHORS = 1024
/** A token is at most 8 bytes, an author's index 2. */
const MAX_ENTRY_BYTES = 10
const AUTHOR_WORDS = 3

/**
 * The offsets of messages that expired or were evicted, and whose they were: enough to say how many somebody missed, nothing of
 * what they said. Coded as differences (about two bytes each), in order of vanishing; when full, the older half is forgotten.
 */
export class Vanished {
  #bytes = new Uint8Array(0)
  #end = 0
  #authors = new Uint32Array(0)
  #authorCount = 0
  #lastOffset = 0
  #lastAuthor = -1
  #newest = -1
  #forgottenTo = -1

  add(offset: Offset, author: Author): void {
    if (this.#end + MAX_ENTRY_BYTES > MAX_BYTES) this.#forgetOlderHalf()
    let index = this.#lastAuthor
    if (index < 0 || !this.#isAuthor(index, author)) {
      if (this.#authorCount === MAX_AUTHORS) this.#forgetOlderHalf()
      index = this.#indexOf(author)
    }
    this.#append(offset, index)
  }

  #append(offset: Offset, index: number): void {
    this.#reserve()
    const difference = offset - this.#lastOffset
    const folded = difference < 0 ? -2 * difference - 1 : 2 * difference
    const changed = index === this.#lastAuthor ? 0 : 1
    this.#put(folded * 2 + changed)
    if (changed) this.#put(index)
    this.#lastOffset = offset
    this.#lastAuthor = index
    if (offset > this.#newest) this.#newest = offset
  }

  /** Whether the message at this offset is among them. */
  has(offset: Offset): boolean {
    let isThere = false
    if (offset <= this.#newest)
      this.#each((one) => {
        isThere ||= one === offset
      })
    return isThere
  }

  /** Takes one away that does not count as missed after all. @returns whether it was there, and `may` agreed to whose it was. */
  remove(offset: Offset, may: (author: Author) => boolean): boolean {
    let whose: Author | undefined
    if (offset <= this.#newest)
      this.#each((one, author) => {
        if (one === offset) whose = authorAt(this.#authors, author)
      })
    if (whose === undefined || !may(whose)) return false
    const [bytes, end, newest] = [this.#bytes, this.#end, this.#newest]
    this.#end = 0
    this.#lastOffset = 0
    this.#lastAuthor = -1
    this.#bytes = new Uint8Array(bytes.length)
    // Authors keep their numbers: with larger ones the list could outgrow its bounds.
    decode(bytes, end, (one, author) => {
      if (one !== offset) this.#append(one, author)
    })
    this.#newest = newest
    return true
  }

  /** Something vanished up to `offset`, and nobody knows how much. */
  addUnknown(offset: Offset): void {
    this.#forgottenTo = Math.max(this.#forgottenTo, offset)
  }

  /**
   * @returns how many messages of others than `reader` vanished with `after` < offset < `before`; `null` when part of that span
   *   has been forgotten.
   */
  countBetween(after: number, before: number, reader: Author): number | null {
    if (after < this.#forgottenTo) return null
    if (after >= this.#newest) return 0
    let count = 0
    this.#each((offset, author) => {
      if (offset > after && offset < before && !this.#isAuthor(author, reader)) count++
    })
    return count
  }

  get bytes(): number {
    return this.#bytes.length + this.#authors.byteLength
  }

  #clear(): void {
    this.#end = 0
    this.#authorCount = 0
    this.#lastOffset = 0
    this.#lastAuthor = -1
    this.#newest = -1
  }

  /** Writes the newer half anew, with the authors that are in it. */
  #forgetOlderHalf(): void {
    let count = 0
    this.#each(() => count++)
    const [bytes, authors] = [this.#bytes, this.#authors]
    const end = this.#end
    const renamed = new Int32Array(this.#authorCount).fill(-1)
    this.#clear()
    this.#bytes = new Uint8Array(bytes.length)
    this.#authors = new Uint32Array(authors.length)
    let seen = 0
    decode(bytes, end, (offset, author) => {
      if (seen++ < count >> 1) this.addUnknown(offset)
      else {
        const known = renamed[author] as number
        const index = known >= 0 ? known : this.#addAuthor(authorAt(authors, author))
        renamed[author] = index
        this.#append(offset, index)
      }
    })
  }

  #each(visit: (offset: Offset, author: number) => void): void {
    decode(this.#bytes, this.#end, visit)
  }

  #put(value: number): void {
    let rest = value
    while (rest >= 128) {
      this.#bytes[this.#end++] = (rest % 128) | 128
      rest = Math.floor(rest / 128)
    }
    this.#bytes[this.#end++] = rest
  }

  #reserve(): void {
    if (this.#end + MAX_ENTRY_BYTES <= this.#bytes.length) return
    const { length } = this.#bytes
    const larger = new Uint8Array(Math.min(MAX_BYTES, length + Math.min(Math.max(length, 64), 1024)))
    larger.set(this.#bytes)
    this.#bytes = larger
  }

  #indexOf(author: Author): number {
    for (let i = this.#authorCount - 1; i >= 0; i--) if (this.#isAuthor(i, author)) return i
    return this.#addAuthor(author)
  }

  #addAuthor(author: Author): number {
    const at = this.#authorCount * AUTHOR_WORDS
    if (at === this.#authors.length) {
      const larger = new Uint32Array(Math.max(AUTHOR_WORDS, this.#authors.length * 2))
      larger.set(this.#authors)
      this.#authors = larger
    }
    this.#authors[at] = author.high
    this.#authors[at + 1] = author.middle
    this.#authors[at + 2] = author.low
    return this.#authorCount++
  }

  #isAuthor(index: number, author: Author): boolean {
    const at = index * AUTHOR_WORDS
    return (
      this.#authors[at + 2] === author.low &&
      this.#authors[at + 1] === author.middle &&
      this.#authors[at] === author.high
    )
  }
}

/** Visits what `Vanished` has written, from old to new. */
function decode(bytes: Uint8Array, end: number, visit: (offset: Offset, author: number) => void): void {
  let at = 0
  let offset = 0
  let author = -1
  const take = (): number => {
    let value = 0
    let factor = 1
    for (;;) {
      const byte = bytes[at++] as number
      value += (byte & 127) * factor
      if (byte < 128) return value
      factor *= 128
    }
  }
  while (at < end) {
    const token = take()
    if (token % 2 === 1) author = take()
    const folded = Math.floor(token / 2)
    offset += folded % 2 === 1 ? -(folded + 1) / 2 : folded / 2
    visit(offset as Offset, author)
  }
}

function authorAt(authors: Uint32Array, index: number): Author {
  const at = index * AUTHOR_WORDS
  return { high: authors[at] as number, middle: authors[at + 1] as number, low: authors[at + 2] as number }
}
