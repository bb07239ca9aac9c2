import { LIMITS, type Member, type RoomKey } from '@whisperrooms/protocol'
import type { Attendance } from '../bus/bus.ts'
import type { Clock, Scheduler } from '../clock.ts'
import { graces } from './graces.ts'
import { People } from './people.ts'
import type { Announce, Presence } from './presence.ts'

/** Changes are gathered for this long, in milliseconds. */
const GATHER_MS = 50
/** Lists are told this often at the most, in milliseconds: in step with the size of the room, but each within a second. */
const LIST_PER_MEMBER_MS = 7
const LIST_MAX_MS = 700
/** Numbers are told this often at the most, in milliseconds: in step with the size of the room. */
const NUMBER_MS = 250
const NUMBER_PER_MEMBER_MS = 0.4
/** A number that is off by less than 1 % is told once it has not changed for this long, in milliseconds. */
const SETTLED_MS = 600
/** However soon something is due, it is looked again after this at the earliest, in milliseconds. */
const LOOK_MS = 10

export interface PresenceOptions {
  readonly clock: Clock
  readonly scheduler: Scheduler
  /** Bus time of a room, milliseconds. */
  readonly busNow: (room: RoomKey) => number
  /** Tells the members of a room. */
  readonly announce: Announce
  /** Tells the other gateways; `undefined`: nobody is here any more. */
  readonly share: (room: RoomKey, attendance: Attendance | undefined) => void
}

/** Changes of a room that have not been told. Times are on the monotonic clock, in milliseconds. */
interface Untold {
  /** When the first was. */
  readonly sinceMs: number
  /** How many members there were last, and since when. */
  count: number
  countSinceMs: number
}

/** Who is in the rooms: the sockets of this gateway, and what the other gateways say of theirs. */
export function sharedPresence({ clock, scheduler, busNow, announce, share }: PresenceOptions): Presence {
  const rooms = new Map<RoomKey, People>()
  const waiting = new Map<People, Untold>()
  const nobody = new People()
  const beginGrace = graces(clock, scheduler, ({ room, people, member, endsMs }) => {
    if (people.endGrace(member, endsMs)) changed(room, people)
  })

  function changed(room: RoomKey, people: People): void {
    const now = clock()
    const { count } = people
    const known = waiting.get(people)
    if (known === undefined) {
      const untold = { sinceMs: now, count, countSinceMs: now }
      waiting.set(people, untold)
      arm(room, people, untold, people.isLarge ? NUMBER_MS : GATHER_MS)
    } else if (known.count !== count) {
      known.count = count
      known.countSinceMs = now
    }
  }

  function arm(room: RoomKey, people: People, untold: Untold, delayMs: number): void {
    scheduler.after(delayMs, () => look(room, people, untold))
  }

  /** The other gateways are told at once: they have a pace of their own. */
  function look(room: RoomKey, people: People, untold: Untold): void {
    const attendance = people.takeAttendance()
    if (attendance !== undefined) share(room, attendance ?? undefined)
    const now = clock()
    const leftMs = dueOf(people, untold) - now
    if (people.hasNews && leftMs > 0) return arm(room, people, untold, Math.max(LOOK_MS, Math.min(leftMs, NUMBER_MS)))
    waiting.delete(people)
    const frame = people.takeChange(now)
    if (frame !== undefined) announce(room, frame)
    if (people.isEmpty) rooms.delete(room)
  }

  function peopleOf(room: RoomKey): People {
    const people = rooms.get(room) ?? new People()
    rooms.set(room, people)
    return people
  }

  return {
    enter(room, member) {
      const people = peopleOf(room)
      if (people.enter({ ...member, since: busNow(room) })) changed(room, people)
    },

    rename(room, member, name) {
      const people = rooms.get(room)
      if (people?.rename(member, name, busNow(room))) changed(room, people)
    },

    stand(room, member, standing) {
      const people = rooms.get(room)
      if (people?.stand(member, standing)) changed(room, people)
    },

    leave(room, member, atOnce) {
      const people = rooms.get(room)
      const endsMs = clock() + (atOnce ? 0 : LIMITS.graceMs)
      if (people === undefined || !people.leave(member, endsMs)) return
      if (!atOnce) beginGrace({ room, people, member, endsMs })
      else if (people.endGrace(member, endsMs)) changed(room, people)
    },

    attend(gateway, room, attendance) {
      const people = peopleOf(room)
      if (people.attend(gateway, attendance)) changed(room, people)
      else if (people.isEmpty) rooms.delete(room)
    },

    of(room) {
      const people = rooms.get(room) ?? nobody
      if (people.isLarge) people.listWithheld()
      const members: Member[] = []
      for (const member of people.members()) {
        if (members.length === LIMITS.membersListed) break
        members.push(member)
      }
      return { members, count: people.count }
    },

    countOf: (room) => rooms.get(room)?.count ?? 0,
    nameOf: (room, member) => rooms.get(room)?.nameOf(member),
  }
}

/** When what has changed is told: a list at its pace; a number at its own when it is off, and otherwise when it has settled. */
function dueOf(people: People, { sinceMs, countSinceMs }: Untold): number {
  const { count, isLarge, isOff, toldMs } = people
  if (!isLarge) return toldMs + Math.min(count * LIST_PER_MEMBER_MS, LIST_MAX_MS)
  const settledMs = countSinceMs + SETTLED_MS
  return isOff ? Math.min(sinceMs + Math.max(NUMBER_MS, count * NUMBER_PER_MEMBER_MS), settledMs) : settledMs
}
