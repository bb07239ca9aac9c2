import { LIMITS, type Member, type MemberId, type PresenceFrame } from '@whisperrooms/protocol'
import type { Alarm, Scheduler } from './scheduler.ts'

/** Somebody who said no more of it stops typing, in milliseconds. */
const TYPING_MS = 6_000

/** Who is in the room, and who is typing. */
export interface People {
  /** The whole list, replacing what was known. */
  replace(members: readonly Member[], count: number): void
  apply(frame: PresenceFrame): void
  typing(member: MemberId, on: boolean): void
  members(): readonly Member[]
  count(): number
  typists(): readonly MemberId[]
  /** Forgets who is typing: their "stopped" may be missed. */
  nobodyTypes(): void
}

export function createPeople(scheduler: Scheduler, changed: () => void): People {
  let members: readonly Member[] = []
  let count = 0
  let typists: readonly MemberId[] = []
  /** Rings when a typist has been silent for too long. */
  const silence = new Map<MemberId, Alarm>()

  function setTyping(member: MemberId, on: boolean): void {
    const known = silence.get(member)
    if (on) {
      const alarm = known ?? scheduler.alarm(() => setTyping(member, false))
      alarm.set(scheduler.now() + TYPING_MS)
      silence.set(member, alarm)
    } else {
      known?.clear()
      silence.delete(member)
    }
    if (on === (known !== undefined)) return
    typists = [...silence.keys()]
    changed()
  }

  function replace(next: readonly Member[], nextCount: number): void {
    count = nextCount
    members = count > LIMITS.membersListed ? [] : next.slice(0, LIMITS.membersListed)
    changed()
  }

  return {
    replace,
    typing: setTyping,

    apply(frame) {
      let next = frame.members ?? members
      for (const member of [...(frame.joined ?? []), ...(frame.changed ?? [])]) {
        const known = next.some(({ id }) => id === member.id)
        next = known ? next.map((old) => (old.id === member.id ? member : old)) : [...next, member]
      }
      for (const member of frame.left ?? []) {
        next = next.filter(({ id }) => id !== member)
        setTyping(member, false)
      }
      replace(next, frame.count)
    },

    nobodyTypes() {
      for (const member of typists) setTyping(member, false)
    },

    members: () => members,
    count: () => count,
    typists: () => typists,
  }
}
