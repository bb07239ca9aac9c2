import { type AppendedRecord, MEMBER_PATTERN, type MemberId, type Offset, type Role } from '@whisperrooms/protocol'
import { authorOf, NOBODY, sameAuthor } from './author.ts'
import { hasAuthority } from './authority.ts'
import { readBody } from './body.ts'
import { applied, type Outcome, refused } from './outcome.ts'
import type { Room } from './room.ts'
import { isRole } from './standings.ts'

// What owners decide of the members of their room.

/** A member leaves, everywhere, and does not come back. */
export function kick(room: Room, { record, offset, at }: AppendedRecord): Outcome {
  return decide(room, { record, offset, at }, (member) => room.standings.bar(member, offset))
}

/** Whoever was kicked had come with a token or by an invite: nobody does again. Said by the gateway they were at. */
export function bar(room: Room, { record, offset, at }: AppendedRecord): Outcome {
  const { via } = readBody(record.body)
  if (record.as !== 'operator') return refused('not_allowed')
  return typeof via === 'string' && VIA.test(via) ? shut(room, via, offset, at) : refused('bad_frame')
}

/** Nobody comes in by an invite any more. */
export function revoke(room: Room, { record, offset, at }: AppendedRecord): Outcome {
  const { invite } = readBody(record.body)
  if (!hasAuthority(room, record, offset)) return refused('not_allowed')
  const via = `i.${String(invite)}`
  return VIA.test(via) ? shut(room, via, offset, at) : refused('bad_frame')
}

function shut(room: Room, via: string, offset: Offset, at: number): Outcome {
  if (offset <= room.adoptedTo) return applied(offset, at)
  room.standings.bar(via, offset)
  room.asOf = offset
  room.standingChanged()
  return applied(offset, at)
}

/** Somebody wants to come in by an invite that lets in so many: the first of them may. Said by the gateway they are at. */
export function use(room: Room, { record, offset, at }: AppendedRecord): Outcome {
  const { invite, uses } = readBody(record.body)
  if (record.as !== 'operator') return refused('not_allowed')
  if (typeof invite !== 'string' || typeof uses !== 'number') return refused('bad_frame')
  if (offset <= room.adoptedTo) return applied(offset, at)
  if (room.standings.isViaBarred(`i.${invite}`, offset) || !room.standings.use(invite, uses))
    return refused('bad_token')
  room.asOf = offset
  return applied(offset, at)
}

/** One way to come in: a token's subject, or an invite. */
const VIA = /^[si]\.[\w-]{1,64}$/

/** A member says nothing from here on, or may again. */
export function mute(room: Room, { record, offset, at }: AppendedRecord): Outcome {
  const { on } = readBody(record.body)
  if (typeof on !== 'boolean') return refused('bad_frame')
  return decide(room, { record, offset, at }, (member) => room.standings.mute(member, on, offset))
}

/** A member has this role, whatever they proved at the door. */
export function role(room: Room, { record, offset, at }: AppendedRecord): Outcome {
  const { role: given } = readBody(record.body)
  if (!isRole(given)) return refused('bad_frame')
  return decide(room, { record, offset, at }, (member) => room.standings.setRole(member, given, offset), given)
}

/**
 * What an owner decides of another member. Nobody decides of themselves, so that the last owner stays; and whoever was made an owner is
 * to be made a member again first.
 *
 * @param given the role they are to have.
 */
function decide(
  room: Room,
  { record, offset, at }: AppendedRecord,
  apply: (member: MemberId) => void,
  given?: Role,
): Outcome {
  const { member } = readBody(record.body)
  if (typeof member !== 'string' || !MEMBER_PATTERN.test(member)) return refused('bad_frame')
  const whom = member as MemberId
  // Gateways write as nobody.
  if (sameAuthor(authorOf(whom), NOBODY)) return refused('bad_frame')
  const isOwner = given === undefined && room.standings.roleOf(whom, offset) === 'owner'
  if (!hasAuthority(room, record, offset) || whom === record.member || isOwner) return refused('not_allowed')
  if (offset <= room.adoptedTo) return applied(offset, at)
  apply(whom)
  room.asOf = offset
  room.standingChanged()
  return applied(offset, at)
}
