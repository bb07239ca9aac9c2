import type { ErrorCode, Offset } from '@whisperrooms/protocol'
import type { Scheduler } from '../../clock.ts'
import type { ClientLimits } from '../../limits/limiter.ts'
import type { Standing } from '../../rooms/window.ts'
import { placeOf } from '../../rooms/window.ts'
import type { Admitted } from '../../socket/admitted.ts'
import type { Gateway } from '../../socket/gateway.ts'
import { isLockedOut, openRoom } from '../../socket/join.ts'
import { botMemberIdOf } from './bot-identity.ts'
import { parseEventId } from './event-id.ts'
import type { Visit } from './visit.ts'

/** How long a room may take to be there, in milliseconds: with what sending takes, whoever posts has an answer within 3 s. */
const ADMIT_MS = 1_500

export type BotAdmission =
  | { readonly ok: true; readonly admitted: Admitted; readonly standing: Standing }
  /** `retryAfter` in milliseconds, where somebody knows it. */
  | { readonly ok: false; readonly code: ErrorCode; readonly retryAfter?: number }

const refusal = (code: ErrorCode): BotAdmission => ({ ok: false, code })

/**
 * Lets a bot into its room: as `join` does a member, with the operator's token for a session, and the last event's id for cursor
 * and ticket.
 *
 * @param makes the limits of making a room when there is none; `undefined`: it is not made.
 */
export async function admitBot(
  gateway: Gateway,
  visit: Visit,
  lastEventId: string | undefined,
  makes: Pick<ClientLimits, 'makeRoom'> | undefined,
): Promise<BotAdmission> {
  return within(gateway.scheduler, admit(gateway, visit, lastEventId, makes))
}

async function within(scheduler: Scheduler, admission: Promise<BotAdmission>): Promise<BotAdmission> {
  const { promise: tooLong, resolve } = Promise.withResolvers<BotAdmission>()
  const cancel = scheduler.after(ADMIT_MS, () => resolve(refusal('bus_unavailable')))
  return Promise.race([admission, tooLong]).finally(cancel)
}

async function admit(
  gateway: Gateway,
  { bot, room: id }: Visit,
  lastEventId: string | undefined,
  makes: Pick<ClientLimits, 'makeRoom'> | undefined,
): Promise<BotAdmission> {
  const member = botMemberIdOf(id, bot.name)
  const key = gateway.keyOf(id)
  const shard = await gateway.host(key)
  if (shard === undefined) return refusal('bus_unavailable')
  if (shard.isShut(key)) return refusal('room_ended')
  const isKnown = shard.rooms.has(key) || shard.parked.has(key)
  if (!isKnown && makes === undefined) return refusal('no_such_room')
  const tooMany = isKnown ? undefined : makes?.makeRoom()
  if (tooMany !== undefined) return { ok: false, ...tooMany }
  const room =
    shard.rooms.get(key) ?? (await openRoom(gateway, shard, key, member, makes === undefined ? undefined : {}))
  if (room === undefined) return refusal('bus_unavailable')
  if (room.isClosed) return refusal('room_ended')
  gateway.names.set(room, id)

  const place = parseEventId(lastEventId)
  const ticket = place === undefined ? undefined : gateway.tickets.read(place.ticket, id, member)
  if (room.standings.isBarred(member, ticket?.via)) return refusal('kicked')
  if (isLockedOut(room, ticket)) return refusal('room_locked')
  const joined: Offset | undefined = ticket?.epoch === room.epoch ? ticket.joined : undefined
  return {
    ok: true,
    standing: { cursor: placeOf(place?.cursor, room.epoch), joined },
    admitted: {
      roomId: id,
      room,
      member,
      name: bot.name,
      role: bot.rights.includes('post') ? 'member' : 'reader',
      ownerHash: undefined,
      via: ticket?.via,
      joined: joined ?? room.entrance,
    },
  }
}
