import type { ErrorCode, Offset } from '@whisperrooms/protocol'

/** What became of a record when it was observed in the log: the same on every gateway. */
export type Outcome =
  | {
      readonly ok: true
      readonly target: Offset
      /** Bus time, milliseconds. */
      readonly expires: number
      /** It was in the log already, at `target`. */
      readonly duplicate: boolean
    }
  | {
      readonly ok: false
      readonly code: ErrorCode
      /** It counts for nothing: the same may come again, under its key. */
      readonly isVoid: boolean
    }

export const refused = (code: ErrorCode): Outcome => ({ ok: false, code, isVoid: false })

/** Refused because there was no room for it in the log: it is as if it had not come. */
export const voided = (code: ErrorCode): Outcome => ({ ok: false, code, isVoid: true })

export const applied = (target: Offset, expires: number): Outcome => ({ ok: true, target, expires, duplicate: false })
