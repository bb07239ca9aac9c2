import { CLOSE, type CloseName, ERROR_RULES, type ErrorCode } from '@whisperrooms/protocol'
import type { Answers } from './attack.ts'

/** Error codes that no client of a gateway with a bus in memory can bring about, and why. */
const NOT_SAID: Readonly<Partial<Record<ErrorCode, string>>> = {
  expired_token: 'said where tokens are needed: tests/gateway/auth.test.ts',
  auth_unavailable: 'said where tokens are needed, and keys cannot be had: packages/server/src/people/key-set.test.ts',
  internal: 'said when code of the gateway throws: tests/gateway/hostile-join.test.ts makes it throw',
}

/** The same for close codes. */
const NOT_CLOSED: Readonly<Partial<Record<CloseName, string>>> = {
  tryLater: 'for a join that the bus does not take, and memory takes all: tests/gateway/hostile-join.test.ts',
  roomBusy: 'a full room refuses messages, and lets people in',
  badToken: 'the error is said over HTTP; a join needs a token where the operator says so: tests/gateway/auth.test.ts',
  expiredToken: 'as the error',
  tokenEnded: 'as the error',
}

/** With what the WebSocket library closes what is none of the protocol (RFC 6455 §7.4.1). */
const OF_THE_LIBRARY = [1002, 1008]

/** What is wrong with the answers to a tour; empty lists when nothing is. */
export interface Unlike {
  /** Codes that were to be said, and were not. */
  readonly missing: readonly (string | number)[]
  /** Codes that are in no catalogue, or of which it is written above that they are not said. */
  readonly unexpected: readonly (string | number)[]
}

/** Compares what was answered to a tour with both catalogues. Attacks are not looked at here: a close of theirs comes back as an echo. */
export function unlikeCatalogues({ errors, closes }: Answers): Unlike {
  const said = Object.keys(ERROR_RULES).filter((code) => !Object.hasOwn(NOT_SAID, code))
  const named = Object.entries(CLOSE).filter(([name]) => !Object.hasOwn(NOT_CLOSED, name))
  const closed = [...named.map(([, code]) => code), ...OF_THE_LIBRARY]
  return {
    missing: [...said.filter((code) => !errors.has(code)), ...closed.filter((code) => !closes.has(code))],
    unexpected: [
      ...[...errors.keys()].filter((code) => !said.includes(code)),
      ...[...closes.keys()].filter((code) => !closed.some((one) => one === code)),
    ],
  }
}

/** @returns the codes of errors that are in no catalogue. */
export const unknownErrors = ({ errors }: Answers): string[] =>
  [...errors.keys()].filter((code) => !Object.hasOwn(ERROR_RULES, code))
