import { TEXT_BYTES } from './chat-text.ts'

/** A frame with this much payload is a message: nothing else comes near it once everybody has joined. */
const MESSAGE_BYTES = TEXT_BYTES
const LONGEST_HELD = 4 + MESSAGE_BYTES

/**
 * Counts messages by hopping from frame header to frame header: some nanoseconds each, whatever a message carries.
 *
 * Searching for a mark costs more than the gateway spends on a delivery, so that is done on a few members only, to
 * check this. Frames shorter than a message (acknowledgements, pings, errors) are handed out whole.
 */
export class FrameCounter {
  /** Whole message frames so far. */
  messages = 0
  readonly #onOther: (opcode: number, payload: Buffer) => void
  /** Bytes still to come of the message frame the last chunk ended in. */
  #rest = 0
  /** The start of a frame whose header, or whose short payload, was cut. */
  #held: Buffer | undefined
  #heldBytes = 0

  /** @param onOther is given payloads that are valid only during the call. */
  constructor(onOther: (opcode: number, payload: Buffer) => void) {
    this.#onOther = onOther
  }

  push(chunk: Buffer): void {
    let at = this.#heldBytes > 0 ? this.#finishHeld(chunk) : 0
    if (this.#rest > 0) {
      const step = Math.min(this.#rest, chunk.length - at)
      at += step
      this.#rest -= step
      if (this.#rest > 0) return
      this.messages++
    }
    while (at < chunk.length) {
      const needed = bytesNeeded(chunk, at, chunk.length)
      if (at + needed > chunk.length) {
        this.#hold(chunk, at)
        return
      }
      const payload = at + headerBytes(chunk, at)
      const end = payload + payloadBytes(chunk, at)
      if (end - payload < MESSAGE_BYTES) this.#onOther((chunk[at] ?? 0) & 0x0f, chunk.subarray(payload, end))
      else if (end <= chunk.length) this.messages++
      else this.#rest = end - chunk.length
      at = end
    }
  }

  #hold(chunk: Buffer, at: number): void {
    this.#held ??= Buffer.allocUnsafe(LONGEST_HELD)
    this.#heldBytes = chunk.copy(this.#held, 0, at)
  }

  /** Adds to the held start of a frame until it is decided; returns where in `chunk` to go on. */
  #finishHeld(chunk: Buffer): number {
    const held = this.#held
    if (held === undefined) return 0
    let at = 0
    for (;;) {
      const needed = bytesNeeded(held, 0, this.#heldBytes)
      if (needed <= this.#heldBytes) break
      const taken = chunk.copy(held, this.#heldBytes, at, at + needed - this.#heldBytes)
      if (taken === 0) return at
      at += taken
      this.#heldBytes += taken
    }
    this.#heldBytes = 0
    const size = payloadBytes(held, 0)
    const header = headerBytes(held, 0)
    if (size >= MESSAGE_BYTES) this.#rest = size
    else this.#onOther((held[0] ?? 0) & 0x0f, held.subarray(header, header + size))
    return at
  }
}

/** How many bytes of the frame at `at` are needed to decide it: the header, and all of it when it is short. */
function bytesNeeded(bytes: Buffer, at: number, end: number): number {
  if (end - at < 2) return 2
  const header = headerBytes(bytes, at)
  if (end - at < header) return header
  const size = payloadBytes(bytes, at)
  return size < MESSAGE_BYTES ? header + size : header
}

function headerBytes(bytes: Buffer, at: number): number {
  const length = (bytes[at + 1] ?? 0) & 0x7f
  return length < 126 ? 2 : length === 126 ? 4 : 10
}

/** The payload's length; server frames are not masked. */
function payloadBytes(bytes: Buffer, at: number): number {
  const length = (bytes[at + 1] ?? 0) & 0x7f
  if (length < 126) return length
  if (length === 126) return ((bytes[at + 2] ?? 0) << 8) | (bytes[at + 3] ?? 0)
  return bytes.readUIntBE(at + 4, 6)
}
