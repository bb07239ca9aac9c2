import { type AppendedRecord, EMOJI_CHARS, type Offset, type RoomRecord } from '@whisperrooms/protocol'
import { type Author, authorOf, NOBODY, sameAuthor } from './author.ts'
import { faultOfSpeaking, hasAuthority } from './authority.ts'
import { asBuffer, readBody } from './body.ts'
import { deadlineOf } from './deadline.ts'
import { bar, kick, mute, revoke, role, use } from './decisions.ts'
import { applied, type Outcome, refused } from './outcome.ts'
import type { Reaction } from './reactions.ts'
import type { Room } from './room.ts'
import { ENTRY, type EntryKind } from './segment.ts'
import { readSettings, type SettingsChange } from './settings.ts'

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
  const { kind, member, as, via } = appended.record
  if (as !== 'operator' && room.standings.isBarred(member, via, appended.offset)) return refused('kicked')
  const outcome = (Object.hasOwn(KINDS, kind) ? KINDS[kind as keyof typeof KINDS] : relay)(room, appended, situation)
  if ((outcome.ok && kind !== 'typing') || ABOUT_A_MESSAGE.has(kind)) room.touchedAt = appended.at
  return outcome
}

/** What these come to depends on what this gateway still knows of their target: that they touch the room must not. */
const ABOUT_A_MESSAGE: ReadonlySet<string> = new Set(['unsend', 'react'])

const KINDS = {
  create,
  message,
  unsend,
  react,
  burn,
  set,
  kick,
  bar,
  revoke,
  use,
  mute,
  role,
  typing,
  touch,
} satisfies Record<string, Reduce>

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
  const deadline = endOfTarget(record, at, longestTtlMs)
  if (deadline <= at) return refused('unknown_target')
  const mayUnsend = (author: Author) =>
    hasAuthority(room, record, offset) || sameAuthor(author, authorOf(record.member))
  if (!room.log.vanished.remove(target, mayUnsend)) return refused('unknown_target')
  // It may have gone for want of space: then what is told of it is still there.
  room.log.remove(target)
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

/**
 * A reaction lives as long as its message. Read later than that it is told to nobody, and whether it would have been cannot be said
 * any more: its body was taken from it, as from all that has expired.
 */
function react(room: Room, { record, offset, at }: AppendedRecord, { nowMs, longestTtlMs }: Situation): Outcome {
  const fault = faultOfSpeaking(room, record, offset)
  if (fault !== undefined) return refused(fault)
  const toldEnd = endOfTarget(record, at, longestTtlMs)
  if (toldEnd > at && toldEnd <= nowMs) return applied(offset, toldEnd)
  const body = readBody(record.body)
  const reaction = reactionOf(record, body)
  if (reaction === undefined) return refused('bad_frame')
  const { target, emoji, on } = reaction
  const hasGone = () => toldEnd > at && target >= room.log.burnedTo && room.log.vanished.has(target)
  const deadlineMs = room.log.find(target, at)?.deadlineMs ?? (hasGone() ? toldEnd : at)
  if (deadlineMs <= at) return refused('unknown_target')
  const judgement = deadlineMs > nowMs ? room.log.reactions.judge(reaction) : 'known'
  if (judgement === 'too_many') return refused('not_allowed')
  if (judgement === 'news') {
    const from = { id: record.member, name: nameIn(body) }
    const frame = { type: 'reaction', offset, target, emoji, from, on, expires: deadlineMs }
    say(room, ENTRY.logged, offset, deadlineMs, frame)
    room.log.tellsReaction(reaction, deadlineMs)
  }
  return applied(offset, deadlineMs)
}

/** Which emoji there are is judged at the door: gateways may know different ones, and must come to the same here. */
function reactionOf({ member }: RoomRecord, body: Readonly<Record<string, unknown>>): Reaction | undefined {
  const { target, emoji, on } = body
  if (typeof target !== 'number' || typeof emoji !== 'string' || typeof on !== 'boolean') return undefined
  if (emoji === '' || emoji.length > EMOJI_CHARS) return undefined
  return { target: target as Offset, member, emoji, on }
}

function nameIn({ from }: Readonly<Record<string, unknown>>): string {
  const name = typeof from === 'object' && from !== null && 'name' in from ? from.name : ''
  return typeof name === 'string' ? name : ''
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
    if (isHandedOver) {
      room.standings.endOwners(offset)
      room.standingChanged()
    }
  }
  tellChange(room, { record, offset, at }, change, longestTtlMs)
  return applied(offset, at + longestTtlMs)
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

/**
 * When the target of a record has ended, as whoever published it knew: what was alive then has ended by then plus the longest time to
 * live, whatever is said of it. Not after `at`: they knew of none.
 */
function endOfTarget({ deadline }: RoomRecord, at: number, longestTtlMs: number): number {
  return Math.min(deadline ?? at, at + longestTtlMs)
}

/** Not everybody who writes to the log asks what the operator allows; bus time, milliseconds. */
function endOf(record: RoomRecord, at: number, longestTtlMs: number): number {
  return Math.min(deadlineOf(record, at), at + longestTtlMs)
}

function say(room: Room, kind: EntryKind, offset: Offset, deadlineMs: number, frame: object): void {
  room.append({ kind, offset, deadlineMs, author: NOBODY, head: '', tail: Buffer.from(JSON.stringify(frame)) })
}
