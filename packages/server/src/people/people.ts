import { LIMITS, type Member, type MemberId, type PresenceFrame } from '@whisperrooms/protocol'

interface Person {
  member: Member
  sockets: number
  /** When the grace ends, for whoever has no socket left; on the gateway's monotonic clock, in milliseconds. */
  graceEnds: number
}

/** The people of one room, and what has changed among them since it was last told. */
export class People {
  readonly #people = new Map<MemberId, Person>()
  readonly #joined = new Set<MemberId>()
  readonly #left = new Set<MemberId>()
  readonly #changed = new Set<MemberId>()
  /** Whether the last that was told was a number only. */
  #toldNumbers = false

  get count(): number {
    return this.#people.size
  }

  *members(): Generator<Member> {
    for (const { member } of this.#people.values()) yield member
  }

  /** One socket more. @returns whether there is something to tell. */
  enter(member: Member): boolean {
    const known = this.#people.get(member.id)
    if (known === undefined) {
      this.#people.set(member.id, { member, sockets: 1, graceEnds: 0 })
      // Whoever left and came back before it was told has, for the others, only changed.
      if (this.#left.delete(member.id)) this.#changed.add(member.id)
      else this.#joined.add(member.id)
      return true
    }
    known.sockets++
    if (known.member.name === member.name && known.member.role === member.role) return false
    known.member = member
    if (!this.#joined.has(member.id)) this.#changed.add(member.id)
    return true
  }

  nameOf(id: MemberId): string | undefined {
    return this.#people.get(id)?.member.name
  }

  rename(id: MemberId, name: string): boolean {
    const person = this.#people.get(id)
    if (person === undefined || person.member.name === name) return false
    person.member = { ...person.member, name }
    if (!this.#joined.has(id)) this.#changed.add(id)
    return true
  }

  /** One socket less. @returns whether it was the last: then the grace runs, until `graceEnds`. */
  leave(id: MemberId, graceEnds: number): boolean {
    const person = this.#people.get(id)
    if (person === undefined) return false
    person.sockets--
    person.graceEnds = graceEnds
    return person.sockets === 0
  }

  /** @returns whether the member's grace was over, so that they have left. */
  endGrace(id: MemberId, nowMs: number): boolean {
    const person = this.#people.get(id)
    if (person === undefined || person.sockets > 0 || person.graceEnds > nowMs) return false
    this.#people.delete(id)
    this.#changed.delete(id)
    this.#joined.delete(id)
    // Also whoever was not announced: a newcomer may have met them in the list of the welcome.
    this.#left.add(id)
    return true
  }

  /** What has changed since the last call; `undefined` when nothing has. */
  takeChange(): PresenceFrame | undefined {
    const { count } = this
    const quiet = this.#joined.size === 0 && this.#left.size === 0 && this.#changed.size === 0
    const frame = quiet ? undefined : this.#frame(count)
    this.#joined.clear()
    this.#left.clear()
    this.#changed.clear()
    return frame
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
      if (person !== undefined) members.push(person.member)
    }
    return members
  }
}
