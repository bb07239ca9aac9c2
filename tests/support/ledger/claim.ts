/** A gateway's word that a member has had everything between two places, but for so many. */
export interface Claim {
  readonly epoch: string
  /** Exclusive. */
  readonly from: number
  /** Inclusive. */
  readonly to: number
  /** How many messages of others vanished unseen; `null`: some may have. */
  readonly missed: number | null
  /** What must have come in any case: messages after `from` with a deadline after `untilMs` of the bus. */
  readonly alive: { readonly from: number; readonly untilMs: number; readonly recovered: boolean } | undefined
  readonly what: string
}

/** A return after a lost connection. */
export interface Resume {
  readonly who: string
  /** From the loss to `live`, in milliseconds. */
  readonly awayMs: number
  readonly recovered: boolean
  readonly missed: number | null
}
