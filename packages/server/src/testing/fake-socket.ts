import type { ServerFrame } from '@whisperrooms/protocol'
import type { FrameSocket } from '../socket/connection.ts'
import type { ByteSocket } from '../socket/socket-sink.ts'

/** A frame as the client gets it. */
export type Received = ServerFrame & { readonly [field: string]: unknown }

/**
 * The gateway's end of a connection whose other end is the test: it reads all at once, until `stall`, and then nothing, until
 * `drain`.
 */
export class FakeSocket implements ByteSocket, FrameSocket {
  readonly received: Received[] = []
  closedWith: { code: number; reason: string } | undefined
  terminated = false
  paused = false
  writableLength = 0
  writableCorked = 0
  destroyed = false
  bytesRead = 0
  /** Called with each frame when it is written, which is when its deadline counts. */
  readonly #written: (frame: Received) => void
  #stalled = false
  #pending: { bytes: Uint8Array; written: (() => void) | undefined }[] = []

  constructor(written: (frame: Received) => void = () => undefined) {
    this.#written = written
  }

  write(bytes: Uint8Array, written?: () => void): void {
    for (const frame of parseFrames(bytes)) this.#written(frame)
    this.#pending.push({ bytes, written })
    this.writableLength += bytes.length
    if (!this.#stalled && this.writableCorked === 0) this.#flush()
  }

  cork(): void {
    this.writableCorked++
  }

  uncork(): void {
    this.writableCorked--
    if (this.writableCorked === 0 && !this.#stalled) this.#flush()
  }

  pause(): void {
    this.paused = true
  }

  resume(): void {
    this.paused = false
  }

  close(code: number, reason: string): void {
    this.closedWith ??= { code, reason }
  }

  terminate(): void {
    this.terminated = true
  }

  /** The client stops reading. */
  stall(): void {
    this.#stalled = true
  }

  /** The client reads what has been waiting, and goes on reading. */
  drain(): void {
    this.#stalled = false
    this.#flush()
  }

  #flush(): void {
    const pending = this.#pending
    this.#pending = []
    for (const { bytes } of pending) this.received.push(...parseFrames(bytes))
    this.writableLength = 0
    for (const { written } of pending) written?.()
  }
}

/** First bytes of the only frames a gateway writes itself: final, unmasked text and ping. */
const TEXT = 0x81
const PING = 0x89

/** Reads the unmasked text frames in `bytes`; control frames are passed over. */
export function parseFrames(bytes: Uint8Array): Received[] {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const frames: Received[] = []
  let at = 0
  while (at < buffer.length) {
    const first = buffer.readUInt8(at)
    if (first !== TEXT && first !== PING) throw new Error('these are not the bytes of a frame')
    const second = buffer.readUInt8(at + 1)
    const length =
      second < 126 ? second : second === 126 ? buffer.readUInt16BE(at + 2) : Number(buffer.readBigUInt64BE(at + 2))
    at += second < 126 ? 2 : second === 126 ? 4 : 10
    if (at + length > buffer.length) throw new Error('a write ended within a frame')
    if (first === TEXT) frames.push(JSON.parse(buffer.toString('utf8', at, at + length)))
    at += length
  }
  return frames
}
