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
  | { readonly ok: false; readonly code: ErrorCode }

export const refused = (code: ErrorCode): Outcome => ({ ok: false, code })

export const applied = (target: Offset, expires: number): Outcome => ({ ok: true, target, expires, duplicate: false })
