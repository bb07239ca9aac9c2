/** Puts every frame together and hands it out: for the few members whose frames are looked into. */
export class FrameReader {
  readonly #onFrame: (opcode: number, payload: Buffer) => void
  #pending: Buffer = Buffer.alloc(0)

  constructor(onFrame: (opcode: number, payload: Buffer) => void) {
    this.#onFrame = onFrame
  }

  push(chunk: Buffer): void {
    const bytes = Buffer.concat([this.#pending, chunk])
    let at = 0
    while (at + 2 <= bytes.length) {
      const length = bytes.readUInt8(at + 1) & 0x7f
      const header = length < 126 ? 2 : length === 126 ? 4 : 10
      if (at + header > bytes.length) break
      const size = header === 2 ? length : header === 4 ? bytes.readUInt16BE(at + 2) : bytes.readUIntBE(at + 4, 6)
      if (at + header + size > bytes.length) break
      this.#onFrame(bytes.readUInt8(at) & 0x0f, bytes.subarray(at + header, at + header + size))
      at += header + size
    }
    this.#pending = bytes.subarray(at)
  }
}
