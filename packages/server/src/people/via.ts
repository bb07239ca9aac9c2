import { createHmac, hkdfSync } from 'node:crypto'
import type { RoomId } from '@whisperrooms/protocol'

/**
 * How a member was let in, as tickets and records carry it in `via`: pairs of a letter and a value, with dots between, such as
 * `s.4fT0u8cG1xYzQ2Lk` or `s.4fT0u8cG1xYzQ2Lk.i.aB3dE6gH9jK2mN5p`. Values are base64url; letters that nobody knows are passed over.
 */
export interface Via {
  /** `s`: whose token it was, see `subjectHash`. */
  readonly subject?: string | undefined
  /** `i`: the invite's id. */
  readonly invite?: string | undefined
}

/** Characters of a subject's hash: 96 bits. */
const SUBJECT_CHARS = 16

/** @returns `undefined` when there is nothing to say. */
export function writeVia({ subject, invite }: Via): string | undefined {
  const parts = [...(subject === undefined ? [] : ['s', subject]), ...(invite === undefined ? [] : ['i', invite])]
  return parts.length === 0 ? undefined : parts.join('.')
}

export function readVia(text: string | undefined): Via {
  const parts = text?.split('.') ?? []
  const after = (letter: string): string | undefined => parts.find((_, i) => i % 2 === 1 && parts[i - 1] === letter)
  return { subject: after('s'), invite: after('i') }
}

/** The ways in `via`, each as it is barred: its letter, a dot, its value. */
export function waysOf(text: string | undefined): string[] {
  const { subject, invite } = readVia(text)
  return [...(subject === undefined ? [] : [`s.${subject}`]), ...(invite === undefined ? [] : [`i.${invite}`])]
}

/**
 * Names whoever a token speaks of, so that they are known again in a room and nobody on the bus learns who they are, or that they are in
 * another room too.
 *
 * @param secret the gateways' own.
 */
export function subjectHash(secret: Uint8Array): (room: RoomId, subject: string) => string {
  const key = Buffer.from(hkdfSync('sha256', secret, '', 'whisperrooms token subjects 1', 32))
  return (room, subject) =>
    createHmac('sha256', key).update(`${room}\n${subject}`).digest('base64url').slice(0, SUBJECT_CHARS)
}
