/** The WebSocket header of an unmasked, final text frame (RFC 6455 §5.2): 2, 4 or 10 bytes. */
export function headerBytes(payloadBytes: number): number {
  return payloadBytes < 126 ? 2 : payloadBytes < 65_536 ? 4 : 10
}

/** Writes that header. @returns where the payload begins. */
export function writeHeader(target: Buffer, at: number, payloadBytes: number): number {
  target[at] = 0x81
  if (payloadBytes < 126) {
    target[at + 1] = payloadBytes
    return at + 2
  }
  if (payloadBytes < 65_536) {
    target[at + 1] = 126
    target[at + 2] = payloadBytes >>> 8
    target[at + 3] = payloadBytes & 255
    return at + 4
  }
  target[at + 1] = 127
  target.writeUInt32BE(0, at + 2)
  target.writeUInt32BE(payloadBytes, at + 6)
  return at + 10
}

/** A ready-to-send frame holding `json`. */
export function frameOf(json: string): Buffer {
  const payload = Buffer.byteLength(json)
  const frame = Buffer.allocUnsafe(headerBytes(payload) + payload)
  frame.write(json, writeHeader(frame, 0, payload))
  return frame
}
