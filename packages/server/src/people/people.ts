import { LIMITS, type Member, type MemberId, type PresenceFrame } from '@whisperrooms/protocol'
import type { Attendance, GatewayId, PresentMember } from '../bus/bus.ts'
import type { Standing } from '../rooms/standings.ts'
import { looksOf } from './alike.ts'

/** By what share a number must be off to be told before it has settled. */
const OFF = 0.01

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
  /** What the name looks like; `undefined` until somebody asks. */
  looks: readonly string[] | undefined
  /** Whether the name can be taken for an owner's, as others may have heard it last. */
  alike: boolean
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
  #toldCount = 0
  #toldMs = Number.NEGATIVE_INFINITY
  /** What owners' names look like, and how many of them do. */
  readonly #ownerLooks = new Map<string, number>()
  /** Whether owners have changed since a list was told, while there was none to tell. */
  #isListStale = false

  get count(): number {
    return this.#people.size + this.#unlisted
  }

  get isEmpty(): boolean {
    return this.count === 0
  }

  /** Whether they are too many to be listed. */
  get isLarge(): boolean {
    return this.count > LIMITS.membersListed
  }

  /** Whether the last that was told is a list, or a number that is wrong by 1 %. */
  get isOff(): boolean {
    return !this.#toldNumbers || Math.abs(this.count - this.#toldCount) >= this.#toldCount * OFF
  }

  /** When something was told last, on the gateway's monotonic clock, in milliseconds. */
  get toldMs(): number {
    return this.#toldMs
  }

  /** Somebody was told a number in place of a list: if it is short enough again, they need all of it. */
  listWithheld(): void {
    this.#isListStale = true
  }

  *members(): Generator<Member> {
    for (const person of this.#people.values()) yield this.#asShown(person)
  }

  nameOf(id: MemberId): string | undefined {
    return this.#people.get(id)?.shown.name
  }

  /** One socket more. @returns whether there is something to tell. */
  enter(member: PresentMember): boolean {
    const person = this.#people.get(member.id) ?? this.#add(member)
    const { here } = person
    if (here === undefined) this.#here++
    const isSame = here?.member.name === member.name && isStandingSame(here.member, member)
    const entered = isSame ? here.member : member
    person.here = { member: entered, sockets: (here?.sockets ?? 0) + 1, graceEnds: 0 }
    if (here === undefined || !isSame) this.#attendanceChanged = true
    this.#show(person)
    return this.hasNews
  }

  rename(id: MemberId, name: string, since: number): boolean {
    const person = this.#people.get(id)
    if (person?.here === undefined || (person.shown.name === name && person.here.member.name === name)) return false
    person.here = { ...person.here, member: { ...person.here.member, name, since } }
    this.#attendanceChanged = true
    this.#show(person)
    return this.hasNews
  }

  /** @returns whether there is something to tell. */
  stand(id: MemberId, standing: Standing): boolean {
    const person = this.#people.get(id)
    if (person?.here === undefined || isStandingSame(person.here.member, standing)) return false
    const { name, since } = person.here.member
    person.here = { ...person.here, member: { id, name, ...standing, since } }
    this.#attendanceChanged = true
    this.#show(person)
    return this.hasNews
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
    return this.hasNews
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
    return this.hasNews
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

  /** What has changed since the last call; `undefined` when nothing has that is told. */
  takeChange(nowMs: number): PresenceFrame | undefined {
    const frame = this.#isQuiet ? undefined : this.#frame()
    this.#joined.clear()
    this.#left.clear()
    this.#changed.clear()
    this.#countChanged = false
    if (frame !== undefined) this.#toldMs = nowMs
    return frame
  }

  get #isQuiet(): boolean {
    return this.#joined.size === 0 && this.#left.size === 0 && this.#changed.size === 0 && !this.#countChanged
  }

  /** Whether something is to be told, here or to the other gateways. */
  get hasNews(): boolean {
    return !this.#isQuiet || this.#attendanceChanged
  }

  #add({ since: _, ...shown }: PresentMember): Person {
    const { id, role } = shown
    const person: Person = { shown, looks: undefined, alike: false, here: undefined, elsewhere: new Map() }
    person.alike = this.#isAlike(person)
    this.#people.set(id, person)
    if (role === 'owner') this.#countOwner(this.#looksOf(person), 1)
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
      if (person.shown.role === 'owner') this.#countOwner(this.#looksOf(person), -1)
      this.#changed.delete(id)
      this.#joined.delete(id)
      // Also whoever was not announced: a newcomer may have met them in the list of the welcome.
      this.#left.add(id)
      return
    }
    const { since: _, ...shown } = latest
    if (person.shown.name === shown.name && isStandingSame(person.shown, shown)) return
    const before = person.shown.role === 'owner' ? this.#looksOf(person) : []
    person.shown = shown
    person.looks = undefined
    person.alike = this.#isAlike(person)
    if (shown.role === 'owner') this.#countOwner(this.#looksOf(person), 1)
    if (before.length > 0) this.#countOwner(before, -1)
    if (!this.#joined.has(id)) this.#changed.add(id)
  }

  /** An owner's name looks like this from here on, or no longer. */
  #countOwner(looks: readonly string[], by: 1 | -1): void {
    for (const look of looks) {
      const count = (this.#ownerLooks.get(look) ?? 0) + by
      if (count === 0) this.#ownerLooks.delete(look)
      else this.#ownerLooks.set(look, count)
    }
    if (this.isLarge) this.#isListStale = true
    else this.#findAlike()
  }

  #looksOf(person: Person): readonly string[] {
    person.looks ??= looksOf(person.shown.name)
    return person.looks
  }

  #isAlike(person: Person): boolean {
    if (this.#ownerLooks.size === 0 || person.shown.role === 'owner') return false
    return this.#looksOf(person).some((look) => this.#ownerLooks.has(look))
  }

  #asShown(person: Person): Member {
    return this.#isAlike(person) ? { ...person.shown, alike: true } : person.shown
  }

  /** Owners have changed: whose name can be taken for one of theirs now, or no longer, is told. */
  #findAlike(): void {
    for (const person of this.#people.values()) {
      const alike = this.#isAlike(person)
      if (alike === person.alike) continue
      person.alike = alike
      if (!this.#joined.has(person.shown.id)) this.#changed.add(person.shown.id)
    }
  }

  #frame(): PresenceFrame | undefined {
    const { count, isLarge } = this
    const wholeList = (this.#toldNumbers || this.#isListStale) && !isLarge
    // Above 200 nobody is told of a new name.
    const isNumberOld = this.#joined.size > 0 || this.#left.size > 0 || this.#countChanged || !this.#toldNumbers
    this.#toldNumbers = isLarge
    this.#toldCount = count
    if (isLarge) return isNumberOld ? { type: 'presence', count } : undefined
    this.#isListStale = false
    if (wholeList) return { type: 'presence', members: this.#membersOf(this.#people.keys()), count }
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
      if (person === undefined) continue
      const member = this.#asShown(person)
      person.alike = member.alike ?? false
      members.push(member)
    }
    return members
  }
}

const isStandingSame = (one: Standing, other: Standing): boolean => one.role === other.role && one.muted === other.muted

const unlistedOf = (attendance: Attendance | undefined): number =>
  attendance === undefined ? 0 : Math.max(0, attendance.count - attendance.members.length)
