import { RECORD_BYTES } from './chat-text.ts'

/**
 * Finds records in a stream by their mark alone. It knows nothing of frames, so that it checks the frame counter.
 *
 * The last bytes of every chunk are kept, one fewer than a record has: a record split across reads is seen whole with
 * the next chunk, and none is seen twice.
 */
export class MarkScan {
  /** Records seen so far. */
  seen = 0
  readonly #mark: Buffer
  readonly #onRecord: ((bytes: Buffer, at: number) => void) | undefined
  readonly #recordBytes: number
  readonly #tailBytes: number
  #tail: Buffer = Buffer.alloc(0)

  /**
   * @param onRecord is given the buffer and the mark's place in it; both are valid only during the call.
   * @param recordBytes what is wanted whole, from the mark on.
   */
  constructor(mark: string, onRecord?: (bytes: Buffer, at: number) => void, recordBytes = RECORD_BYTES) {
    this.#mark = Buffer.from(mark, 'latin1')
    this.#onRecord = onRecord
    this.#recordBytes = recordBytes
    this.#tailBytes = recordBytes - 1
  }

  push(chunk: Buffer): void {
    const tailBytes = this.#tailBytes
    const seam = Buffer.concat([this.#tail, chunk.subarray(0, tailBytes)])
    this.#search(seam, this.#tail.length)
    this.#search(chunk, chunk.length)
    // A copy: the chunk's memory is reused by the next read.
    this.#tail = Buffer.from((chunk.length < tailBytes ? seam : chunk).subarray(-tailBytes))
  }

  /** Takes the records that begin before `before` and are whole. */
  #search(bytes: Buffer, before: number): void {
    let at = bytes.indexOf(this.#mark)
    while (at !== -1 && at < before && at + this.#recordBytes <= bytes.length) {
      this.seen++
      this.#onRecord?.(bytes, at)
      at = bytes.indexOf(this.#mark, at + this.#recordBytes)
    }
  }
}
