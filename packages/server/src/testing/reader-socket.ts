import { EventEmitter } from 'node:events'
import type { EventSocket } from '../http/bots/event-stream.ts'

/** The gateway's end of a connection whose reader is the test: it reads all at once, until `stall`. */
export class ReaderSocket extends EventEmitter implements EventSocket {
  text = ''
  writableLength = 0
  writableCorked = 0
  destroyed = false
  readonly bytesRead = 0
  peak = 0
  isStalled = false
  /** It does not close its side, whatever the gateway does. */
  isStubborn = false
  #pending: { bytes: Uint8Array; written: (() => void) | undefined }[] = []

  write(bytes: Uint8Array, written?: () => void): void {
    this.#pending.push({ bytes, written })
    this.writableLength += bytes.length
    this.peak = Math.max(this.peak, this.writableLength)
    if (!this.isStalled && this.writableCorked === 0) this.read()
  }

  cork(): void {
    this.writableCorked++
  }

  uncork(): void {
    this.writableCorked--
    if (this.writableCorked === 0 && !this.isStalled) this.read()
  }

  /** Everything that waits is read. */
  read(): void {
    const pending = this.#pending
    this.#pending = []
    this.writableLength = 0
    for (const { bytes } of pending) this.text += Buffer.from(bytes).toString()
    for (const { written } of pending) written?.()
  }

  end(): void {
    if (!this.isStubborn) this.destroy()
  }

  destroy(): void {
    this.destroyed = true
    this.emit('close')
  }
}

/** The ids that came, in events and alone, in order. */
export const idsIn = ({ text }: ReaderSocket): string[] =>
  [...text.matchAll(/^id: (\S+)$/gm)].map(([, id]) => String(id))
