import type { Cursor, ErrorCode, JoinFrame, RoomSettings } from '@whisperrooms/protocol'
import { type IdentityKeeper, ownerHashOf } from './identity.ts'
import type { Told } from './room-session.ts'
import type { ConnectOptions } from './types.ts'

/** Composes the first frame of each socket. */
export interface Door {
  /** @param settings what the server told of the room; `undefined` before the first welcome */
  join(cursor: Cursor | undefined, settings: RoomSettings | undefined): JoinFrame
  welcomed(): void
  /** @returns whether a join refused for `why` may be tried at once in another form. */
  canJoinOtherwise(why: ErrorCode, told: Pick<Told, 'you' | 'settings'>): boolean
  rename(name: string): void
}

export function createDoor(room: string, options: ConnectOptions, identity: IdentityKeeper): Door {
  let name = options.name
  let recreates = false

  function createAsWished(): JoinFrame['create'] {
    if (options.create === undefined) return undefined
    const { ttlSeconds, history, listed, own } = options.create
    const { owner } = identity.current()
    const ownerHash = own && owner !== undefined ? ownerHashOf(room, owner) : undefined
    return { ttl: ttlSeconds, history, listed, ownerHash }
  }

  /** Rule 7 of the protocol: a room that a restart forgot is made as it was told, never as this member would like it. */
  function createAsTold({ ttl, history, listed, sealed, ownerHash }: RoomSettings): JoinFrame['create'] {
    return { ttl, history, listed, sealed, ownerHash }
  }

  return {
    join(cursor, settings) {
      const { session, ticket, owner } = identity.current()
      const create = settings === undefined ? createAsWished() : recreates ? createAsTold(settings) : undefined
      return {
        type: 'join',
        protocol: 1,
        name,
        session,
        ticket,
        owner,
        cursor,
        create,
      }
    },

    welcomed() {
      recreates = false
    },

    canJoinOtherwise(why, { you, settings }) {
      // A name chosen since was not fit to be shown.
      if (why === 'bad_name' && you !== undefined && name !== you.name) {
        name = you.name
        return true
      }
      if (why === 'no_such_room' && settings !== undefined && !recreates) {
        recreates = true
        return true
      }
      // Somebody else made the room first: enter it as anybody.
      return why === 'wrong_proof' && settings === undefined && identity.forgetNewOwner()
    },

    rename(next) {
      name = next
    },
  }
}
