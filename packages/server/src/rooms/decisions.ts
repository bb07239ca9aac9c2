import { type AppendedRecord, MEMBER_PATTERN, type MemberId, type Role } from '@whisperrooms/protocol'
import { hasAuthority } from './authority.ts'
import { readBody } from './body.ts'
import { applied, type Outcome, refused } from './outcome.ts'
import type { Room } from './room.ts'
import { isRole, subjectIn } from './standings.ts'

// What owners decide of the members of their room.

/** A member leaves, everywhere, and does not come back. */
export function kick(room: Room, { record, offset, at }: AppendedRecord): Outcome {
  return decide(room, { record, offset, at }, (member) => room.standings.bar(member, offset))
}

/** Whoever was kicked had come with a token: nobody comes with it again. Said by the gateway they were at. */
export function bar(room: Room, { record, offset, at }: AppendedRecord): Outcome {
  const { subject } = readBody(record.body)
  if (record.as !== 'operator') return refused('not_allowed')
  if (typeof subject !== 'string' || subjectIn(subject) !== subject) return refused('bad_frame')
  if (offset > room.adoptedTo) {
    room.standings.bar(subject, offset)
    room.asOf = offset
    room.standingChanged()
  }
  return applied(offset, at)
}

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
  const isOwner = given === undefined && room.standings.roleOf(whom, offset) === 'owner'
  if (!hasAuthority(room, record, offset) || whom === record.member || isOwner) return refused('not_allowed')
  if (offset <= room.adoptedTo) return applied(offset, at)
  apply(whom)
  room.asOf = offset
  room.standingChanged()
  return applied(offset, at)
}
