import { createHmac, hkdfSync, timingSafeEqual } from 'node:crypto'
import type { Epoch, MemberId, Offset, RoomId } from '@whisperrooms/protocol'
import type { Clock } from '../clock.ts'

/** What a ticket proves: this member was let into this room, in this epoch, when `joined` was the last offset applied. */
export interface TicketClaims {
  readonly room: RoomId
  readonly member: MemberId
  readonly epoch: Epoch
  readonly joined: Offset
  readonly via: string | undefined
}

export interface Tickets {
  issue(admission: TicketClaims): string
  /** @returns what the ticket proves of this member in this room, or `undefined` when it is invalid or has expired. */
  read(ticket: string, room: RoomId, member: MemberId): TicketClaims | undefined
}

/** Bytes of the MAC: 128 bits. */
const MAC_BYTES = 16

/**
 * Tickets: a MAC over room, member, epoch, joined, via and expiry, so that any gateway with the same secret can read them
 * and none has to remember them.
 *
 * @param lifeMs how long one is good for, in milliseconds.
 */
export function tickets(secret: Uint8Array, busNow: Clock, lifeMs: number): Tickets {
  const key = Buffer.from(hkdfSync('sha256', secret, '', 'whisperrooms ticket 1', 32))

  function mac(fields: readonly string[]): Buffer {
    return createHmac('sha256', key).update(JSON.stringify(fields)).digest().subarray(0, MAC_BYTES)
  }

  return {
    issue({ room, member, epoch, joined, via }) {
      const shown = [epoch, joined.toString(36), Math.ceil(busNow() + lifeMs).toString(36), via ?? '']
      return [...shown, mac([room, member, ...shown]).toString('base64url')].join('.')
    },

    read(ticket, room, member) {
      const [epoch = '', joined = '', expiry = '', ...rest] = ticket.split('.')
      const proof = rest.pop() ?? ''
      // It may have dots in it.
      const via = rest.join('.')
      const given = Buffer.from(proof, 'base64url')
      if (given.length !== MAC_BYTES) return undefined
      if (!timingSafeEqual(given, mac([room, member, epoch, joined, expiry, via]))) return undefined
      if (Number.parseInt(expiry, 36) <= busNow()) return undefined
      return {
        room,
        member,
        epoch: epoch as Epoch,
        joined: Number.parseInt(joined, 36) as Offset,
        via: via === '' ? undefined : via,
      }
    },
  }
}
