import fc from 'fast-check'
import { expect, test } from 'vitest'
import { MARK, sentAtMs, textOf } from './chat-text.ts'
import { FrameCounter } from './frame-counter.ts'
import { FrameReader } from './frame-reader.ts'
import { MarkScan } from './mark-scan.ts'

const serverFrame = (opcode: number, payload: Buffer): Buffer => {
  if (payload.length < 126) return Buffer.concat([Buffer.from([0x80 | opcode, payload.length]), payload])
  const head = Buffer.from(
    payload.length < 65_536 ? [0x80 | opcode, 126, 0, 0] : [0x80 | opcode, 127, ...Array(8).fill(0)],
  )
  if (head.length === 4) head.writeUInt16BE(payload.length, 2)
  else head.writeUIntBE(payload.length, 4, 6)
  return Buffer.concat([head, payload])
}

/** Messages of any size, and short frames of which some would look like headers. */
const payload = fc.oneof(
  fc.integer({ min: 0, max: 300 }).map((more) => Buffer.from(`{"text":"${textOf(3)}"${' '.repeat(more)}}`)),
  fc.constant(Buffer.from(`{"text":"${textOf(4)}"${' '.repeat(70_000)}}`)),
  fc.uint8Array({ maxLength: 199 }).map((bytes) => Buffer.from(bytes)),
)

test('messages are counted right, by frames and by marks, however reads cut them', () => {
  fc.assert(
    fc.property(fc.array(payload, { maxLength: 20 }), fc.array(fc.integer({ min: 1, max: 700 })), (payloads, cuts) => {
      const others: string[] = []
      const whole: string[] = []
      const counter = new FrameCounter((_, bytes) => others.push(bytes.toString('latin1')))
      const reader = new FrameReader((_, bytes) => whole.push(bytes.toString('latin1')))
      const scan = new MarkScan(MARK, (bytes, at) => expect(sentAtMs(bytes, at)).toBe(0))
      const stream = Buffer.concat(payloads.map((bytes) => serverFrame(1, bytes)))
      let at = 0
      for (let i = 0; at < stream.length; i++) {
        // Reads share one buffer: what was handed out before is overwritten.
        const chunk = Buffer.from(stream.subarray(at, at + (cuts[i % Math.max(1, cuts.length)] ?? 100_000)))
        at += chunk.length
        for (const part of [counter, reader, scan]) part.push(chunk)
        chunk.fill(0xff)
      }
      const texts = payloads.map((bytes) => bytes.toString('latin1'))
      const messages = texts.filter((text) => text.includes(MARK))
      expect(counter.messages).toBe(messages.length)
      expect(scan.seen).toBe(messages.length)
      expect(others).toEqual(texts.filter((text) => !text.includes(MARK)))
      expect(whole).toEqual(texts)
    }),
    { numRuns: 200 },
  )
})
