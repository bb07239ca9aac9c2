/**
 * The text of every message: 200 bytes of ASCII that begin with a record found by searching raw bytes.
 *
 * `mark(8) sender(4) sequence(8) sentMicros(16) padding(164)`. The mark occurs once per delivered message and nowhere
 * else: no key, name or padding contains its characters.
 */
export const TEXT_BYTES = 200
export const MARK = '~wR9mQz~'
const SENDER_DIGITS = 4
export const SEQUENCE_DIGITS = 8
export const MICROS_DIGITS = 16
/** From the mark to the end of `sentMicros`. */
export const RECORD_BYTES = MARK.length + SENDER_DIGITS + SEQUENCE_DIGITS + MICROS_DIGITS

/** From the mark's first byte to the sequence's. */
export const SEQUENCE_AT = MARK.length + SENDER_DIGITS
const MICROS_AT = SEQUENCE_AT + SEQUENCE_DIGITS

/** The mark together with the sender's number: finds one sender's messages only. */
export const markOf = (sender: number): string => MARK + String(sender).padStart(SENDER_DIGITS, '0')

/** A text of `sender` whose sequence and time are zero. */
export const textOf = (sender: number): string =>
  `${markOf(sender)}${'0'.repeat(SEQUENCE_DIGITS + MICROS_DIGITS)} and the rest of what was said `.padEnd(
    TEXT_BYTES,
    'x',
  )

/** @returns this process's clock when the message whose mark is at `at` was sent, in milliseconds. */
export const sentAtMs = (bytes: Buffer, at: number): number => readDigits(bytes, at + MICROS_AT, MICROS_DIGITS) / 1_000

/** @returns which of its sender's messages the one whose mark is at `at` is, counting from 0. */
export const sequenceOf = (bytes: Buffer, at: number): number => readDigits(bytes, at + SEQUENCE_AT, SEQUENCE_DIGITS)

/** Reads a number that was written with as many digits as it may have. */
export function readDigits(bytes: Buffer, at: number, digits: number): number {
  let value = 0
  for (let i = at; i < at + digits; i++) value = value * 10 + (bytes[i] ?? 0) - 0x30
  return value
}
