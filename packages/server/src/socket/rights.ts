import { type MemberId, OWNER_BY_TOKEN, type Role } from '@whisperrooms/protocol'
import type { Room } from '../rooms/room.ts'
import type { Standing } from '../rooms/standings.ts'
import type { Admitted } from './admitted.ts'
import type { Pass } from './pass.ts'

/** What a member may do, as it stands: what they came in with, what a token gives, and what the room's owner has decided since. */
export class Rights {
  readonly #room: Room
  readonly #member: MemberId
  readonly #role: Role
  readonly #ownerHash: string | undefined
  readonly #pass: Pass | undefined

  constructor({ room, member, role, ownerHash, pass }: Admitted) {
    this.#room = room
    this.#member = member
    this.#role = role
    this.#ownerHash = ownerHash
    this.#pass = pass
  }

  /** The one the owner has given them, or else that with which they came in. */
  get role(): Role {
    return this.#room.standings.roleOf(this.#member) ?? this.#proven
  }

  get standing(): Standing {
    return this.#room.standings.of(this.#member, this.#proven)
  }

  /** What records carry as proof of an owner. */
  get ownerHash(): string | undefined {
    return this.#pass?.role === 'owner' ? OWNER_BY_TOKEN : this.#ownerHash
  }

  /** An owner is one until the room is handed over, unless a token says so. */
  get #proven(): Role {
    const given = this.#pass?.role
    if (given === 'owner' || given === 'reader') return given
    return this.#role === 'owner' && this.#ownerHash !== this.#room.settings.ownerHash ? 'member' : this.#role
  }
}
