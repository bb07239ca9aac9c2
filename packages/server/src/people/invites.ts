import { createHmac, hkdfSync, timingSafeEqual } from 'node:crypto'
import type { Epoch, InviteRole, Offset, RoomId } from '@whisperrooms/protocol'
import type { Random } from '../clock.ts'

/** What an invite says: whoever shows it may come into this room in this role, until then, so many times. */
export interface InviteClaims {
  /** Names it in records, tickets and snapshots: a letter for the role, and 12 random characters. */
  readonly id: string
  readonly role: InviteRole
  /** Where in the log it was made: a lock after it shuts out those who come with it. */
  readonly epoch: Epoch
  readonly madeAt: Offset
  /** Bus time, milliseconds; `undefined`: as long as the room. */
  readonly expires: number | undefined
  readonly uses: number | undefined
}

export interface Invites {
  make(room: RoomId, invite: Omit<InviteClaims, 'id'>): string
  /** @returns `undefined` when it is not one of this room's. Whether it has expired, or was used up or revoked, is for others to judge. */
  read(text: string, room: RoomId): InviteClaims | undefined
}

/** Bytes of the MAC: 128 bits. */
const MAC_BYTES = 16
const ID_BYTES = 9
const LETTERS: Readonly<Record<InviteRole, string>> = { member: 'm', reader: 'r' }

/** The role in which whoever came by an invite came, from its id. */
export const roleOfInvite = (id: string): InviteRole => (id.startsWith(LETTERS.reader) ? 'reader' : 'member')

/** The id of an invite, of its text or of the id alone. */
export const idOfInvite = (text: string): string => text.split('.', 1)[0] ?? ''

/** Signed capabilities: any gateway with the same secret reads them, and none has to remember them. */
export function invites(secret: Uint8Array, random: Random): Invites {
  const key = Buffer.from(hkdfSync('sha256', secret, '', 'whisperrooms invite 1', 32))
  const mac = (room: RoomId, fields: readonly string[]): Buffer =>
    createHmac('sha256', key)
      .update(JSON.stringify([room, ...fields]))
      .digest()
      .subarray(0, MAC_BYTES)

  return {
    make(room, { role, epoch, madeAt, expires, uses }) {
      const id = `${LETTERS[role]}${random(ID_BYTES).toString('base64url')}`
      const fields = [id, epoch, madeAt.toString(36), expires?.toString(36) ?? '', uses?.toString(36) ?? '']
      return [...fields, mac(room, fields).toString('base64url')].join('.')
    },

    read(text, room) {
      const fields = text.split('.')
      const given = Buffer.from(fields.pop() ?? '', 'base64url')
      const [id = '', epoch = '', madeAt = '', expires = '', uses = '', ...rest] = fields
      if (rest.length > 0 || given.length !== MAC_BYTES || !timingSafeEqual(given, mac(room, fields))) return undefined
      // Spare bits of the last character would make several texts of one invite.
      if (!text.endsWith(`.${given.toString('base64url')}`)) return undefined
      const number = (digits: string) => (digits === '' ? undefined : Number.parseInt(digits, 36))
      return {
        id,
        role: roleOfInvite(id),
        epoch: epoch as Epoch,
        madeAt: Number.parseInt(madeAt, 36) as Offset,
        expires: number(expires),
        uses: number(uses),
      }
    },
  }
}
