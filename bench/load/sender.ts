import { randomBytes } from 'node:crypto'
import { MARK, MICROS_DIGITS, markOf, SEQUENCE_AT, SEQUENCE_DIGITS, textOf } from './chat-text.ts'
import { clientFrame, masked, OPCODE, payloadAt } from './client-frame.ts'
import type { Dialect } from './dialect.ts'
import { MarkScan } from './mark-scan.ts'
import type { Member } from './member.ts'

const KEY_RANDOM_BYTES = 6
/** What stands in a key before the message's sequence, in characters. */
export const KEY_START_CHARS = 2 * KEY_RANDOM_BYTES + 2

/** Says things through a member. A message is a copied frame in which only digits are changed. */
export class Sender {
  /** Messages sent so far. */
  sent = 0
  readonly #member: Member
  readonly #number: number
  readonly #frame: Buffer
  readonly #payloadAt: number
  readonly #keyAt: number
  readonly #sequenceAt: number
  readonly #microsAt: number

  /** @param number 0–9999, unique among the senders of a room. */
  constructor(member: Member, dialect: Dialect, number: number) {
    this.#member = member
    this.#number = number
    const keyStart = `b${randomBytes(KEY_RANDOM_BYTES).toString('hex')}-`
    const payload = Buffer.from(dialect.send(keyStart + '0'.repeat(SEQUENCE_DIGITS), textOf(number)))
    this.#frame = clientFrame(OPCODE.text, payload)
    this.#payloadAt = payloadAt(payload.length)
    this.#keyAt = payload.indexOf(keyStart) + keyStart.length
    this.#sequenceAt = payload.indexOf(MARK) + SEQUENCE_AT
    this.#microsAt = this.#sequenceAt + SEQUENCE_DIGITS
  }

  /**
   * Sends `count` messages in one write.
   *
   * @param atMs the time they carry, on this process's clock.
   */
  send(count: number, atMs = performance.now()): void {
    const size = this.#frame.length
    const frames = Buffer.allocUnsafe(size * count)
    const micros = Math.round(atMs * 1_000)
    const payload = this.#payloadAt
    for (let start = 0; start < frames.length; start += size) {
      this.#frame.copy(frames, start)
      const sequence = this.sent++
      writeDigits(frames, start + payload, this.#keyAt, SEQUENCE_DIGITS, sequence)
      writeDigits(frames, start + payload, this.#sequenceAt, SEQUENCE_DIGITS, sequence)
      writeDigits(frames, start + payload, this.#microsAt, MICROS_DIGITS, micros)
    }
    this.#member.write(frames)
  }

  /**
   * Keeps `inFlight` messages between this sender and its own screen: each one it is delivered is followed by another.
   *
   * @returns a function that stops sending.
   */
  keepInFlight(inFlight: number): () => void {
    let delivered = 0
    let going = true
    const scan = new MarkScan(markOf(this.#number), () => delivered++)
    this.#member.listen((chunk) => {
      scan.push(chunk)
      if (delivered > 0 && going) this.send(delivered)
      delivered = 0
    })
    this.send(inFlight)
    return () => {
      going = false
    }
  }
}

function writeDigits(frames: Buffer, payload: number, at: number, digits: number, value: number): void {
  let rest = value
  for (let i = at + digits - 1; i >= at; i--) {
    frames[payload + i] = masked(0x30 + (rest % 10), i)
    rest = Math.floor(rest / 10)
  }
}
