/** Sizes and rates every gateway of protocol version 1 holds clients to. Lengths of text are UTF-16 units. */
export const LIMITS = {
  textChars: 4_000,
  textBytes: 12 * 1024,
  /** A client frame above this closes the socket with 1009. */
  frameBytes: 64 * 1024,
  nameChars: 32,
  reChars: 32,
  /** How far ahead of the bus's now a message's `before` may lie, and its default. */
  beforeMs: 10_000,
  /** What `before` may exceed that by: a client's estimate of bus time is off by up to half a round trip. */
  beforeSlackMs: 2_000,
  /** Two appends of one (member, key) within this are one message. */
  duplicateMs: 15_000,
  /** From opening the socket to `join`. */
  joinMs: 5_000,
  /** A client sends a `ping` this often; silence for 40 s ends the connection. */
  heartbeatMs: 15_000,
  typingMs: 3_000,
  /** Messages a newcomer gets, and their bytes. */
  replayFrames: 500,
  replayBytes: 512 * 1024,
  /** Frames a resume may replay, and their bytes. */
  resumeFrames: 5_000,
  resumeBytes: 4 * 1024 * 1024,
  /** Frames of one `load`, and their bytes. */
  loadFrames: 100,
  loadBytes: 64 * 1024,
  /** A socket's unconfirmed messages and bytes; above either its reading pauses. */
  inFlightFrames: 32,
  inFlightBytes: 64 * 1024,
  /** Rooms with more members show numbers instead of a list. */
  membersListed: 200,
  /** From losing a member's last socket to "left". */
  graceMs: 10_000,
} as const

/** What `welcome` tells a client: times in milliseconds, `ttl` bounds in seconds. */
export interface AnnouncedLimits {
  readonly text: number
  readonly textBytes: number
  readonly frame: number
  readonly name: number
  readonly ttlMin: number
  readonly ttlMax: number
  /** What a room has when whoever makes it does not say. */
  readonly ttlDefault: number
  readonly heartbeat: number
  readonly typing: number
  readonly replay: number
  readonly resume: number
  readonly inFlight: number
}
