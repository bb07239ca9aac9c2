/** Which limit refused; for counting. */
export type LimitReason =
  | 'connection'
  | 'bytes'
  | 'session'
  | 'address'
  | 'room'
  | 'upgrades'
  | 'upgrades_total'
  | 'connections'
  | 'connections_per_address'
  | 'rooms'
  | 'members'
  | 'memory'
  | 'typing'
  | 'abuse'

/** What a limit says to whoever is above it. */
export interface Refusal {
  readonly code: 'rate_limited' | 'server_full' | 'room_full'
  /** Milliseconds. */
  readonly retryAfter: number
  /** Others have taken of the same limit: whoever is refused may have done nothing out of the ordinary. */
  readonly isShared: boolean
}
