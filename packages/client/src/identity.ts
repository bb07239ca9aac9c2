import { KEY_PATTERN, type Key, ownerPreimage } from '@whisperrooms/protocol'
import { callOut } from './call-out.ts'
import type { Random } from './environment.ts'
import { sha256 } from './sha256.ts'
import type { ConnectOptions, Identity } from './types.ts'

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'

/** base64url without padding (RFC 4648 §5). */
export function base64url(bytes: Uint8Array): string {
  let text = ''
  for (let bit = 0; bit < bytes.length * 8; bit += 6) {
    const pair = ((bytes[bit >> 3] ?? 0) << 8) | (bytes[(bit >> 3) + 1] ?? 0)
    text += ALPHABET.charAt((pair >> (10 - (bit & 7))) & 63)
  }
  return text
}

/** @returns what the server keeps of a room's owner: base64url of SHA-256 over the protocol's preimage. */
export const ownerHashOf = (room: string, owner: string): string => base64url(sha256(ownerPreimage(room, owner)))

const newSecret = (random: Random): string => base64url(random.bytes(32))

/** @returns a new key for a message: 96 random bits. */
export function newKey(random: Random): Key {
  const key = base64url(random.bytes(12))
  if (!isKey(key)) throw new RangeError('too few random bytes')
  return key
}

function isKey(text: string): text is Key {
  return KEY_PATTERN.test(text)
}

/** Who this member is in its room; tells the application whenever that changes, so that it can be kept. */
export interface IdentityKeeper {
  current(): Identity
  renewTicket(ticket: string): void
  /** Gives up an owner secret made for this visit, because the room has another owner. @returns whether there was one. */
  forgetNewOwner(): boolean
}

export function keepIdentity(options: ConnectOptions, random: Random): IdentityKeeper {
  let identity: Identity = options.identity ?? { session: newSecret(random) }
  let ownerIsNew = options.create?.own === true && identity.owner === undefined
  if (ownerIsNew) identity = { ...identity, owner: newSecret(random) }

  const tell = () => callOut(() => options.onIdentity?.(identity))
  // Later, so that the application has the connection in hand when it is called.
  if (identity !== options.identity) void Promise.resolve().then(tell)

  return {
    current: () => identity,
    renewTicket(ticket) {
      if (ticket === identity.ticket) return
      identity = { ...identity, ticket }
      tell()
    },
    forgetNewOwner() {
      if (!ownerIsNew) return false
      ownerIsNew = false
      const { owner: _, ...rest } = identity
      identity = rest
      tell()
      return true
    },
  }
}
