/**
 * Not zero: `ws` skips unmasking for a zero mask, and no real client sends one. Fixed, because it is not what is
 * measured here.
 */
const MASK = [0x5a, 0xc3, 0x19, 0xe7] as const
export const OPCODE = { text: 1, close: 8, ping: 9, pong: 10 } as const

/** @returns where the payload starts in a client frame with `size` bytes of it. */
export const payloadAt = (size: number): number => (size < 126 ? 6 : 8)

/** @returns a client frame; payloads up to 65,535 bytes. */
export function clientFrame(opcode: number, payload: Buffer): Buffer {
  const at = payloadAt(payload.length)
  const frame = Buffer.alloc(at + payload.length)
  frame[0] = 0x80 | opcode
  if (payload.length < 126) frame[1] = 0x80 | payload.length
  else {
    frame[1] = 0x80 | 126
    frame.writeUInt16BE(payload.length, 2)
  }
  frame.set(MASK, at - 4)
  for (let i = 0; i < payload.length; i++) frame[at + i] = masked(payload[i] ?? 0, i)
  return frame
}

export const textFrame = (text: string): Buffer => clientFrame(OPCODE.text, Buffer.from(text))

/** The byte that stands for `byte` at place `i` of a payload. */
export const masked = (byte: number, i: number): number => byte ^ (MASK[i & 3] ?? 0)
