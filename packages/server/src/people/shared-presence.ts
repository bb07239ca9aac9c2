import { LIMITS, type Member, type MemberId, type RoomKey } from '@whisperrooms/protocol'
import type { Attendance } from '../bus/bus.ts'
import type { Clock, Scheduler } from '../clock.ts'
import { People } from './people.ts'
import type { Announce, Presence } from './presence.ts'

/** Changes are gathered for this long in a small room, in milliseconds; in a large one for longer, in step with its size. */
const PACE_MS = 50
const PACE_LARGE_MS = 250
const PACE_PER_MEMBER_MS = 0.4
/** How much before its time a timer may fire, in milliseconds. */
const TIMER_EARLY_MS = 20

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

/** Who is in the rooms: the sockets of this gateway, and what the other gateways say of theirs. */
export function sharedPresence({ clock, scheduler, busNow, announce, share }: PresenceOptions): Presence {
  const rooms = new Map<RoomKey, People>()
  const announcing = new Set<People>()
  const nobody = new People()

  function changed(room: RoomKey, people: People): void {
    if (announcing.has(people)) return
    announcing.add(people)
    scheduler.after(paceOf(people.count), () => {
      announcing.delete(people)
      const attendance = people.takeAttendance()
      if (attendance !== undefined) share(room, attendance ?? undefined)
      const frame = people.takeChange()
      if (frame !== undefined) announce(room, frame)
      if (people.isEmpty) rooms.delete(room)
    })
  }

  function peopleOf(room: RoomKey): People {
    const people = rooms.get(room) ?? new People()
    rooms.set(room, people)
    return people
  }

  function endGrace(room: RoomKey, people: People, member: MemberId): void {
    if (people.endGrace(member, clock())) changed(room, people)
  }

  return {
    enter(room, member, name, role) {
      const people = peopleOf(room)
      if (people.enter({ id: member, name, role, since: busNow(room) })) changed(room, people)
    },

    rename(room, member, name) {
      const people = rooms.get(room)
      if (people?.rename(member, name, busNow(room))) changed(room, people)
    },

    changeRole(room, member, role) {
      const people = rooms.get(room)
      if (people?.changeRole(member, role, busNow(room))) changed(room, people)
    },

    leave(room, member, atOnce) {
      const people = rooms.get(room)
      if (people === undefined || !people.leave(member, clock() + (atOnce ? 0 : LIMITS.graceMs))) return
      if (atOnce) endGrace(room, people, member)
      else scheduler.after(LIMITS.graceMs + TIMER_EARLY_MS, () => endGrace(room, people, member))
    },

    attend(gateway, room, attendance) {
      const people = peopleOf(room)
      if (people.attend(gateway, attendance)) changed(room, people)
      else if (people.isEmpty) rooms.delete(room)
    },

    of(room) {
      const people = rooms.get(room) ?? nobody
      const members: Member[] = []
      for (const member of people.members()) {
        if (members.length === LIMITS.membersListed) break
        members.push(member)
      }
      return { members, count: people.count }
    },

    nameOf: (room, member) => rooms.get(room)?.nameOf(member),
  }
}

function paceOf(count: number): number {
  const pace = count > LIMITS.membersListed ? PACE_LARGE_MS : PACE_MS
  return Math.max(pace, count * PACE_PER_MEMBER_MS)
}
