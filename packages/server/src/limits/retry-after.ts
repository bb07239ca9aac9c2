import type { ErrorCode } from '@whisperrooms/protocol'

/** When what was refused may be tried again, where nothing better is known, in milliseconds. Codes that are not here say nothing about it. */
const RETRY_AFTER_MS: Partial<Record<ErrorCode, number>> = {
  bus_unavailable: 1_000,
  auth_unavailable: 5_000,
  room_busy: 1_000,
  rate_limited: 1_000,
  room_full: 10_000,
  server_full: 5_000,
  internal: 1_000,
}

export const retryAfterOf = (code: ErrorCode): number | undefined => RETRY_AFTER_MS[code]
