import { LIMITS, type Member, type MemberId, type PresenceFrame, type Role } from '@whisperrooms/protocol'
import type { Attendance, GatewayId, PresentMember } from '../bus/bus.ts'

/** A member at this gateway. */
interface Here {
  readonly member: PresentMember
  sockets: number
  /** When the grace ends, for whoever has no socket left; on the gateway's monotonic clock, in milliseconds. */
  graceEnds: number
}

/** A member, wherever their sockets are. */
interface Person {
  /** As they are shown: by their latest name. */
  shown: Member
  here: Here | undefined
  readonly elsewhere: Map<GatewayId, PresentMember>
}

/** The people of one room, at all gateways, and what has changed among them since it was last told. */
export class People {
  readonly #people = new Map<MemberId, Person>()
  readonly #attendances = new Map<GatewayId, Attendance>()
  readonly #joined = new Set<MemberId>()
  readonly #left = new Set<MemberId>()
  readonly #changed = new Set<MemberId>()
  #here = 0
  /** Members that other gateways counted and did not list. */
  #unlisted = 0
  #countChanged = false
  #attendanceChanged = false
  /** Whether the last that was told was a number only. */
  #toldNumbers = false

  get count(): number {
    return this.#people.size + this.#unlisted
  }

  get isEmpty(): boolean {
    return this.count === 0
  }

  *members(): Generator<Member> {
    for (const { shown } of this.#people.values()) yield shown
  }

  nameOf(id: MemberId): string | undefined {
    return this.#people.get(id)?.shown.name
  }

  /** One socket more. @returns whether there is something to tell. */
  enter(member: PresentMember): boolean {
    const person = this.#people.get(member.id) ?? this.#add(member)
    const { here } = person
    if (here === undefined) this.#here++
    const isSame = here?.member.name === member.name && here.member.role === member.role
    const entered = isSame ? here.member : member
    person.here = { member: entered, sockets: (here?.sockets ?? 0) + 1, graceEnds: 0 }
    if (here === undefined || !isSame) this.#attendanceChanged = true
    this.#show(person)
    return this.#hasNews
  }

  rename(id: MemberId, name: string, since: number): boolean {
    const person = this.#people.get(id)
    if (person?.here === undefined || person.shown.name === name) return false
    person.here = { ...person.here, member: { ...person.here.member, name, since } }
    this.#attendanceChanged = true
    this.#show(person)
    return this.#hasNews
  }

  changeRole(id: MemberId, role: Role, since: number): boolean {
    const person = this.#people.get(id)
    if (person?.here === undefined || person.here.member.role === role) return false
    person.here = { ...person.here, member: { ...person.here.member, role, since } }
    this.#attendanceChanged = true
    this.#show(person)
    return this.#hasNews
  }

  /** One socket less. @returns whether it was the last here: then the grace runs, until `graceEnds`. */
  leave(id: MemberId, graceEnds: number): boolean {
    const here = this.#people.get(id)?.here
    if (here === undefined) return false
    here.sockets--
    here.graceEnds = graceEnds
    return here.sockets === 0
  }

  /** @returns whether the member's grace was over and there is something to tell. */
  endGrace(id: MemberId, nowMs: number): boolean {
    const person = this.#people.get(id)
    const here = person?.here
    if (person === undefined || here === undefined || here.sockets > 0 || here.graceEnds > nowMs) return false
    person.here = undefined
    this.#here--
    this.#attendanceChanged = true
    this.#show(person)
    return this.#hasNews
  }

  /** Another gateway says who is at it. @returns whether there is something to tell. */
  attend(gateway: GatewayId, attendance: Attendance | undefined): boolean {
    const before = this.#attendances.get(gateway)
    const now = new Map(attendance?.members.map((member) => [member.id, member]))
    for (const { id } of before?.members ?? []) {
      const person = this.#people.get(id)
      if (now.has(id) || person === undefined) continue
      person.elsewhere.delete(gateway)
      this.#show(person)
    }
    for (const member of now.values()) {
      const person = this.#people.get(member.id) ?? this.#add(member)
      person.elsewhere.set(gateway, member)
      this.#show(person)
    }
    if (attendance === undefined) this.#attendances.delete(gateway)
    else this.#attendances.set(gateway, attendance)
    const unlisted = unlistedOf(attendance) - unlistedOf(before)
    this.#unlisted += unlisted
    if (unlisted !== 0) this.#countChanged = true
    return this.#hasNews
  }

  /** Who is here, when that has changed since the last call; nobody: `null`. */
  takeAttendance(): Attendance | null | undefined {
    if (!this.#attendanceChanged) return undefined
    this.#attendanceChanged = false
    if (this.#here === 0) return null
    if (this.#here > LIMITS.membersListed) return { members: [], count: this.#here }
    const members: PresentMember[] = []
    for (const { here } of this.#people.values()) if (here !== undefined) members.push(here.member)
    return { members, count: this.#here }
  }

  /** What has changed since the last call; `undefined` when nothing has. */
  takeChange(): PresenceFrame | undefined {
    const { count } = this
    const frame = this.#isQuiet ? undefined : this.#frame(count)
    this.#joined.clear()
    this.#left.clear()
    this.#changed.clear()
    this.#countChanged = false
    return frame
  }

  get #isQuiet(): boolean {
    return this.#joined.size === 0 && this.#left.size === 0 && this.#changed.size === 0 && !this.#countChanged
  }

  get #hasNews(): boolean {
    return !this.#isQuiet || this.#attendanceChanged
  }

  #add({ id, name, role }: Member): Person {
    const person: Person = { shown: { id, name, role }, here: undefined, elsewhere: new Map() }
    this.#people.set(id, person)
    // Whoever left and came back before it was told has, for the others, only changed.
    if (this.#left.delete(id)) this.#changed.add(id)
    else this.#joined.add(id)
    return person
  }

  /** Brings up to date how a person is shown; nobody has them: they have left. */
  #show(person: Person): void {
    const { id } = person.shown
    let latest = person.here?.member
    for (const member of person.elsewhere.values())
      if (latest === undefined || member.since > latest.since) latest = member
    if (latest === undefined) {
      this.#people.delete(id)
      this.#changed.delete(id)
      this.#joined.delete(id)
      // Also whoever was not announced: a newcomer may have met them in the list of the welcome.
      this.#left.add(id)
      return
    }
    const { name, role } = latest
    if (person.shown.name === name && person.shown.role === role) return
    person.shown = { id, name, role }
    if (!this.#joined.has(id)) this.#changed.add(id)
  }

  #frame(count: number): PresenceFrame {
    const numbersOnly = count > LIMITS.membersListed
    const wholeList = this.#toldNumbers && !numbersOnly
    this.#toldNumbers = numbersOnly
    if (numbersOnly) return { type: 'presence', count }
    if (wholeList) return { type: 'presence', members: [...this.members()], count }
    const joined = this.#membersOf(this.#joined)
    const changed = this.#membersOf(this.#changed)
    return {
      type: 'presence',
      ...(joined.length === 0 ? {} : { joined }),
      ...(this.#left.size === 0 ? {} : { left: [...this.#left] }),
      ...(changed.length === 0 ? {} : { changed }),
      count,
    }
  }

  #membersOf(ids: Iterable<MemberId>): Member[] {
    const members: Member[] = []
    for (const id of ids) {
      const person = this.#people.get(id)
      if (person !== undefined) members.push(person.shown)
    }
    return members
  }
}

const unlistedOf = (attendance: Attendance | undefined): number =>
  attendance === undefined ? 0 : Math.max(0, attendance.count - attendance.members.length)
