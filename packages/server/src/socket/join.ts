import {
  cleanName,
  type ErrorCode,
  type JoinFrame,
  type MemberId,
  type Offset,
  type RoomId,
  type RoomKey,
} from '@whisperrooms/protocol'
import { isTtl } from '../ingress/check-limits.ts'
import type { ClientLimits } from '../limits/limiter.ts'
import { isOwner, memberIdOf } from '../people/identity.ts'
import { type InviteClaims, roleOfInvite } from '../people/invites.ts'
import type { TicketClaims } from '../people/tickets.ts'
import { readVia, waysOf, writeVia } from '../people/via.ts'
import type { Room } from '../rooms/room.ts'
import type { SettingsChange } from '../rooms/settings.ts'
import type { Shard } from '../rooms/shard.ts'
import type { Admitted } from './admitted.ts'
import type { Gateway } from './gateway.ts'
import { type Pass, passOf } from './pass.ts'

export type Admission =
  | {
      readonly ok: true
      readonly admitted: Admitted
      /** From a valid ticket of this epoch: the last offset applied when this member was first let in. */
      readonly ticketJoined: Offset | undefined
    }
  | {
      readonly ok: false
      readonly code: ErrorCode
      /** Milliseconds. */
      readonly retryAfter?: number
    }

const refusal = (code: ErrorCode): Admission => ({ ok: false, code })

/** Decides who may come in, and as what; makes the room first when it is to be made. */
export async function admit(gateway: Gateway, limits: ClientLimits, id: RoomId, frame: JoinFrame): Promise<Admission> {
  if (frame.protocol !== 1) return refusal('unsupported_protocol')
  const answer = gateway.tokens === undefined ? undefined : await passOf(gateway.tokens, id, frame.token)
  if (answer?.ok === false) return refusal(answer.code)
  const pass = answer?.pass
  const name = pass?.name ?? cleanName(frame.name)
  if (name === undefined) return refusal('bad_name')
  // Who may only read makes no rooms.
  const create = pass?.role === 'reader' ? undefined : frame.create
  const code = faultOfCreate(gateway, create)
  if (code !== undefined) return refusal(code)

  const member = memberIdOf(id, frame.session)
  const key = gateway.keyOf(id)
  const shard = await gateway.host(key)
  if (shard === undefined) return refusal('bus_unavailable')
  if (shard.isShut(key)) return refusal('room_ended')
  const isKnown = shard.rooms.has(key) || shard.parked.has(key)
  if (!isKnown && create === undefined) return refusal('no_such_room')
  const tooMany = isKnown ? undefined : limits.makeRoom()
  if (tooMany !== undefined) return { ok: false, ...tooMany }
  const room = shard.rooms.get(key) ?? (await openRoom(gateway, shard, key, member, create))
  if (room === undefined) return refusal('bus_unavailable')
  gateway.names.set(room, id)

  const given = pass?.role ?? 'member'
  const role = roleOf(id, room, frame) ?? (given === 'member' ? undefined : 'member')
  if (role === undefined) return refusal('wrong_proof')
  const ticket = ticketOf(gateway, id, member, frame, pass)
  // Another epoch may have begun while the room was waited for.
  const current = ticket?.epoch === room.epoch ? ticket : undefined
  // Whoever has a ticket has used their invite already.
  const shown = ticket === undefined ? readInvite(gateway, room, id, frame.invite) : undefined
  if (shown?.ok === false) return refusal(shown.code)
  const invite = shown?.invite.id ?? readVia(ticket?.via).invite
  const via = writeVia({ subject: pass === undefined ? readVia(ticket?.via).subject : pass.subject, invite })
  if (room.standings.isBarred(member, via)) {
    // They may have had no socket when they were kicked: then nobody has barred the way they come by.
    for (const way of waysOf(via)) if (!room.standings.isViaBarred(way)) gateway.bar(room, way)
    return refusal('kicked')
  }
  const proven = role === 'member' && invite !== undefined ? roleOfInvite(invite) : role
  const effective = given === 'member' ? proven : given
  if (room.standings.of(member, effective).role !== 'owner' && isLockedOut(room, ticket ?? shown?.invite))
    return refusal('room_locked')
  if (shown?.invite.uses !== undefined) {
    const code = await gateway.use(room, member, shown.invite.id, shown.invite.uses)
    if (code !== undefined) return refusal(code)
  }
  return {
    ok: true,
    ticketJoined: current?.joined,
    admitted: {
      roomId: id,
      room,
      member,
      name,
      role: proven,
      ownerHash: role === 'owner' ? room.settings.ownerHash : undefined,
      pass,
      via,
      joined: current?.joined ?? room.entrance,
    },
  }
}

type Shown = { readonly ok: true; readonly invite: InviteClaims } | { readonly ok: false; readonly code: ErrorCode }

/** @returns what an invite says, or why it does not let in; `undefined` when none was shown. How often it was used, the log decides. */
function readInvite({ invites }: Gateway, room: Room, id: RoomId, text: string | undefined): Shown | undefined {
  if (text === undefined) return undefined
  const invite = invites.read(text, id)
  if (invite === undefined || room.standings.isViaBarred(`i.${invite.id}`)) return { ok: false, code: 'bad_token' }
  if (invite.expires !== undefined && room.now >= invite.expires) return { ok: false, code: 'expired_token' }
  return { ok: true, invite }
}

/** @returns the ticket that was shown, if it is this member's and was issued to whoever the token speaks of. */
function ticketOf(
  { tickets }: Gateway,
  id: RoomId,
  member: MemberId,
  { ticket }: JoinFrame,
  pass: Pass | undefined,
): TicketClaims | undefined {
  const claims = ticket === undefined ? undefined : tickets.read(ticket, id, member)
  return pass === undefined || readVia(claims?.via).subject === pass.subject ? claims : undefined
}

/** Makes a room, or waits for one that is being made again. */
export function openRoom(
  gateway: Gateway,
  { parked }: Shard,
  key: RoomKey,
  member: MemberId,
  create: JoinFrame['create'],
): Promise<Room | undefined> {
  if (create === undefined || parked.has(key)) return gateway.openings.expect(key)
  return gateway.openings.open(key, member, settingsOf(gateway, create))
}

function faultOfCreate({ ttl }: Gateway, create: JoinFrame['create']): ErrorCode | undefined {
  if (create?.sealed) return 'not_supported'
  return create?.ttl === undefined || isTtl(create.ttl, ttl) ? undefined : 'bad_ttl'
}

function settingsOf({ ttl }: Gateway, create: NonNullable<JoinFrame['create']>): SettingsChange {
  return {
    ttl: create.ttl ?? ttl.defaultSeconds,
    history: create.history ?? 'live',
    listed: create.listed ?? false,
    sealed: false,
    locked: false,
    ...(create.ownerHash === undefined ? {} : { ownerHash: create.ownerHash }),
  }
}

/**
 * A lock lets in again whoever was let in before it, and whoever is invited after it; of an earlier epoch, tickets count as before, and
 * invites too.
 */
export function isLockedOut({ epoch, lockedAt }: Room, shown: TicketClaims | InviteClaims | undefined): boolean {
  if (lockedAt === undefined) return false
  if (shown === undefined) return true
  if ('madeAt' in shown) return shown.epoch !== epoch || shown.madeAt < lockedAt
  return shown.epoch === epoch && shown.joined >= lockedAt
}

/**
 * @returns `undefined` for a wrong owner secret. One that fits the room this `join` wanted to make is not wrong: somebody
 *   else's room was first, and they are a member of it.
 */
function roleOf(id: RoomId, room: Room, { owner, create }: JoinFrame): 'owner' | 'member' | undefined {
  if (owner === undefined) return 'member'
  if (isOwner(id, owner, room.settings.ownerHash)) return 'owner'
  return isOwner(id, owner, create?.ownerHash) ? 'member' : undefined
}
