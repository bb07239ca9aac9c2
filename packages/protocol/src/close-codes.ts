/**
 * WebSocket close codes of the protocol. The range says whether a client comes back by itself:
 * 3000–3499 and 4000–4499 do, 3500–3999 and 4500–4999 do not.
 */
export const CLOSE = {
  /** The client left. */
  left: 1000,
  goingAway: 1001,
  /** A frame above the limit; come back without that message. */
  tooBig: 1009,
  restarting: 1012,
  tryLater: 1013,
  joinTimeout: 4001,
  roomFull: 4002,
  roomBusy: 4003,
  serverFull: 4004,
  rateLimited: 4005,
  /** The token has ended: come back with another one. */
  tokenEnded: 4006,
  protocolViolation: 4500,
  unsupportedProtocol: 4501,
  notAllowed: 4502,
  noSuchRoom: 4503,
  roomEnded: 4504,
  roomLocked: 4505,
  kicked: 4506,
  badToken: 4507,
  expiredToken: 4508,
  wrongProof: 4509,
} as const

export type CloseName = keyof typeof CLOSE

/** @returns whether a client that lost its connection with `code` connects again by itself. */
export function comesBack(code: number): boolean {
  if (code >= 3000 && code <= 4999) return code % 1000 < 500
  return code !== CLOSE.left && code !== 1002 && code !== 1003 && code !== 1007 && code !== 1008 && code !== 1010
}
