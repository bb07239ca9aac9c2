import {
  type AppendedRecord,
  type ErrorCode,
  MEMBER_PATTERN,
  type MemberId,
  type Offset,
  OWNER_BY_TOKEN,
  type Role,
  type RoomRecord,
} from '@whisperrooms/protocol'
import { type Author, authorOf, NOBODY, sameAuthor } from './author.ts'
import { asBuffer, readBody } from './body.ts'
import { deadlineOf } from './deadline.ts'
import { applied, type Outcome, refused } from './outcome.ts'
import type { Room } from './room.ts'
import { ENTRY, type EntryKind } from './segment.ts'
import { readSettings, type SettingsChange } from './settings.ts'
import { isRole, subjectIn } from './standings.ts'

/** What the reducer may know beside room and record. */
export interface Situation {
  /** Bus time, milliseconds. */
  readonly nowMs: number
  /** The longest time to live the operator allows: how long a change of the room is replayed. */
  readonly longestTtlMs: number
}

type Reduce = (room: Room, appended: AppendedRecord, situation: Situation) => Outcome

/**
 * Applies a record to its room: the one place where it is decided what records do. It decides from the record and the
 * room's own state alone, so every gateway that reads the same log comes to the same room.
 */
export function reduce(room: Room, appended: AppendedRecord, situation: Situation): Outcome {
  const { kind, member, via } = appended.record
  if (room.standings.isBarred(member, via, appended.offset)) return refused('kicked')
  const outcome = (Object.hasOwn(KINDS, kind) ? KINDS[kind as keyof typeof KINDS] : relay)(room, appended, situation)
  // What an unsend comes to depends on what this gateway still knows: that it touches the room must not.
  if ((outcome.ok && kind !== 'typing') || kind === 'unsend') room.touchedAt = appended.at
  return outcome
}

const KINDS = { create, message, unsend, burn, set, kick, bar, mute, role, typing, touch } satisfies Record<
  string,
  Reduce
>

/** The first `create` made the room; the later ones change nothing and are welcomed all the same. */
function create(_room: Room, { offset, at }: AppendedRecord): Outcome {
  return applied(offset, at)
}

function message(room: Room, { record, offset, at }: AppendedRecord, { nowMs, longestTtlMs }: Situation): Outcome {
  const fault = faultOfSpeaking(room, record, offset)
  if (fault !== undefined) return refused(fault)
  const deadlineMs = endOf(record, at, longestTtlMs)
  if (deadlineMs > nowMs) {
    room.append({
      kind: ENTRY.message,
      offset,
      deadlineMs,
      author: authorOf(record.member),
      head: `{"type":"message","offset":${offset},"key":"${record.key}","at":${at},"expires":${deadlineMs},`,
      // The body is a JSON object: without its brace it is the rest of this one.
      tail: record.body.subarray(1),
    })
  } else room.passOver({ record, offset, at })
  return applied(offset, deadlineMs)
}

function unsend(room: Room, appended: AppendedRecord, situation: Situation): Outcome {
  const { record, offset, at } = appended
  const target = readBody(record.body)['target']
  if (typeof target !== 'number') return refused('bad_frame')
  const found = room.log.find(target as Offset, at)
  if (found === undefined) return unsendVanished(room, appended, target as Offset, situation)
  if (!hasAuthority(room, record, offset) && !sameAuthor(found.author, authorOf(record.member)))
    return refused('not_allowed')
  room.log.remove(target as Offset)
  return sayUnsent(room, appended, target as Offset, found.deadlineMs)
}

/** It lived when it was unsent, and has gone since from this gateway's memory: it was not missed by anybody. */
function unsendVanished(
  room: Room,
  appended: AppendedRecord,
  target: Offset,
  { nowMs, longestTtlMs }: Situation,
): Outcome {
  const { record, offset, at } = appended
  // What was alive then has ended by then plus the longest time to live, whatever is said of it.
  const deadline = Math.min(record.deadline ?? at, at + longestTtlMs)
  if (deadline <= at) return refused('unknown_target')
  const mayUnsend = (author: Author) =>
    hasAuthority(room, record, offset) || sameAuthor(author, authorOf(record.member))
  if (!room.log.vanished.remove(target, mayUnsend)) return refused('unknown_target')
  return deadline > nowMs ? sayUnsent(room, appended, target, deadline) : applied(offset, deadline)
}

function sayUnsent(room: Room, { record, offset }: AppendedRecord, target: Offset, deadlineMs: number): Outcome {
  say(room, ENTRY.logged, offset, deadlineMs, {
    type: 'removed',
    offset,
    targets: [target],
    reason: 'unsent',
    by: record.member,
  })
  return applied(offset, deadlineMs)
}

function burn(room: Room, { record, offset, at }: AppendedRecord, { longestTtlMs }: Situation): Outcome {
  if (!hasAuthority(room, record, offset)) return refused('not_allowed')
  room.log.removeMessagesBefore(offset)
  const deadlineMs = at + longestTtlMs
  say(room, ENTRY.logged, offset, deadlineMs, {
    type: 'removed',
    offset,
    upTo: offset,
    reason: 'burned',
    by: record.member,
  })
  return applied(offset, deadlineMs)
}

function set(room: Room, { record, offset, at }: AppendedRecord, { longestTtlMs }: Situation): Outcome {
  if (!hasAuthority(room, record, offset)) return refused('not_allowed')
  const { sealed: _, ...change } = readSettings(readBody(record.body))
  if (offset > room.adoptedTo) {
    if (change.locked !== undefined && change.locked !== room.settings.locked)
      room.lockedAt = change.locked ? offset : undefined
    const isHandedOver = change.ownerHash !== undefined && change.ownerHash !== room.settings.ownerHash
    room.settings = { ...room.settings, ...change }
    room.asOf = offset
    if (isHandedOver) room.standingChanged()
  }
  tellChange(room, { record, offset, at }, change, longestTtlMs)
  return applied(offset, at + longestTtlMs)
}

function kick(room: Room, { record, offset, at }: AppendedRecord): Outcome {
  return decide(room, { record, offset, at }, (member) => room.standings.bar(member, offset))
}

/** Whoever was kicked had come with a token: nobody comes with it again. Said by the gateway they were at. */
function bar(room: Room, { record, offset, at }: AppendedRecord): Outcome {
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

function mute(room: Room, { record, offset, at }: AppendedRecord): Outcome {
  const { on } = readBody(record.body)
  if (typeof on !== 'boolean') return refused('bad_frame')
  return decide(room, { record, offset, at }, (member) => room.standings.mute(member, on, offset))
}

function role(room: Room, { record, offset, at }: AppendedRecord): Outcome {
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

/** Tells the members what has changed of their room. */
export function tellChange(
  room: Room,
  { record, offset, at }: AppendedRecord,
  change: SettingsChange,
  longestTtlMs: number,
): void {
  say(room, ENTRY.logged, offset, at + longestTtlMs, { type: 'room', offset, ...change, by: record.member })
}

/** Somebody is in the room, though nothing is said. */
function touch(_room: Room, { offset, at }: AppendedRecord): Outcome {
  return applied(offset, at)
}

/** A signal: told to those who are here, stored for nobody. */
function typing(room: Room, { record, offset, at }: AppendedRecord): Outcome {
  const fault = faultOfSpeaking(room, record, offset)
  if (fault !== undefined) return refused(fault)
  const { from, on } = readBody(record.body)
  room.signal(JSON.stringify({ type: 'typing', from, on }), offset)
  return applied(offset, at)
}

/** A kind of a later version: ordered, kept and passed on as it is, for as long as the record says and the operator allows. */
function relay(room: Room, { record, offset, at }: AppendedRecord, { nowMs, longestTtlMs }: Situation): Outcome {
  const frame = {
    type: 'relay',
    kind: record.kind,
    from: { id: record.member },
    body: asBuffer(record.body).toString('base64url'),
  }
  if (record.ttl === 0 && record.deadline === undefined) {
    room.signal(JSON.stringify(frame), offset)
    return applied(offset, at)
  }
  const deadlineMs = endOf(record, at, longestTtlMs)
  if (deadlineMs > nowMs) say(room, ENTRY.logged, offset, deadlineMs, { ...frame, offset, expires: deadlineMs })
  return applied(offset, deadlineMs)
}

/** Not everybody who writes to the log asks what the operator allows; bus time, milliseconds. */
function endOf(record: RoomRecord, at: number, longestTtlMs: number): number {
  return Math.min(deadlineOf(record, at), at + longestTtlMs)
}

/**
 * An operator has authority in every room, and an owner in their own. Whoever had proven to be the owner before the room was handed over
 * is no longer. Whose room it was before the snapshot from which it is known here, it does not say; then what was proven at the door
 * counts. A token's owner is one by whoever issued it, whoever the room has been handed to.
 */
export function hasAuthority(room: Room, { member, as, owner }: RoomRecord, offset: Offset): boolean {
  if (as === 'operator') return true
  const given = room.standings.roleOf(member, offset)
  if (given !== undefined) return given === 'owner'
  if (as !== 'owner' || owner === undefined) return false
  return owner === OWNER_BY_TOKEN || owner === room.settings.ownerHash || offset <= room.adoptedTo
}

/** Why a member may not speak; `undefined`: they may. */
function faultOfSpeaking(room: Room, { member, as }: RoomRecord, offset: Offset): ErrorCode | undefined {
  if (room.standings.isMuted(member, offset)) return 'muted'
  return (room.standings.roleOf(member, offset) ?? as) === 'reader' ? 'not_allowed' : undefined
}

function say(room: Room, kind: EntryKind, offset: Offset, deadlineMs: number, frame: object): void {
  room.append({ kind, offset, deadlineMs, author: NOBODY, head: '', tail: Buffer.from(JSON.stringify(frame)) })
}
