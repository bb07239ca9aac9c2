import { mayRetry, type Retry } from '@whisperrooms/protocol'
import type { ClosedReason } from './types.ts'

/** The protocol's codes, and the two things only the client itself does. */
export type WhisperErrorCode = ClosedReason | 'discarded'

/**
 * Why something asked of a room did not happen. Its message is the code and never contains what anyone wrote; words for people are
 * the application's, in its users' language.
 */
export class WhisperError extends Error {
  override readonly name = 'WhisperError'
  readonly code: WhisperErrorCode
  /** Whether asking again may help. */
  readonly retry: Retry

  constructor(code: WhisperErrorCode) {
    super(code)
    this.code = code
    this.retry = mayRetry(code) ? 'same' : 'never'
  }
}
