import { BEFORE_FIRST, type Member, type MemberId, type Offset, type Role } from '@whisperrooms/protocol'
import { Dated, LATEST } from './dated.ts'

/** What a snapshot holds of it: JSON. */
export type StandingsJson = Readonly<Record<'barred' | 'muted' | 'roles' | 'uses', unknown>>

/** What a member may do in a room. */
export type Standing = Omit<Member, 'id' | 'name'>

/** So many invites are remembered as used; of more, the one that was used longest ago is forgotten. */
const MOST_INVITES = 1_000

/**
 * Who does not come back into a room, who may not speak in it, and whose role the owner has set. Each by the place in the log since
 * which it is so: a record is judged by what counted where it stands, whenever it is read.
 */
export class Standings {
  readonly #barred = new Dated<true>(isTrue)
  readonly #muted = new Dated<boolean>(isBoolean)
  readonly #roles = new Dated<Role | typeof PROVEN>(isGiven)
  /** How often invites were used that may be used only so often. */
  readonly #uses = new Map<string, number>()

  /** @param who a member's id, or `s.` or `i.` and the name of a token's subject or an invite. */
  bar(who: string, offset: Offset): void {
    this.#barred.set(who, offset, true)
  }

  mute(member: MemberId, on: boolean, offset: Offset): void {
    this.#muted.set(member, offset, on)
  }

  setRole(member: MemberId, role: Role, offset: Offset): void {
    this.#roles.set(member, offset, role)
  }

  /** @param via what they came in by. @param offset for a record there; without it: now. */
  isBarred(member: MemberId, via: string | undefined, offset = LATEST): boolean {
    if (this.#barred.isEmpty) return false
    const subject = subjectIn(via)
    return (
      this.#barred.at(member, offset) === true || (subject !== undefined && this.#barred.at(subject, offset) === true)
    )
  }

  /** Whether nobody comes in any more with this token's subject, or by this invite: `s.` or `i.` and its name. */
  isViaBarred(via: string, offset = LATEST): boolean {
    return this.#barred.at(via, offset) === true
  }

  /** Uses an invite once more. @returns whether that was one of its first `uses`. */
  use(invite: string, uses: number): boolean {
    const used = this.#uses.get(invite) ?? 0
    if (used >= uses) return false
    this.#uses.delete(invite)
    this.#uses.set(invite, used + 1)
    const [oldest] = this.#uses.keys()
    if (this.#uses.size > MOST_INVITES && oldest !== undefined) this.#uses.delete(oldest)
    return true
  }

  isMuted(member: MemberId, offset = LATEST): boolean {
    return this.#muted.at(member, offset) === true
  }

  /** The role the owner has given a member; `undefined`: the one they came in with. */
  roleOf(member: MemberId, offset = LATEST): Role | undefined {
    const given = this.#roles.at(member, offset)
    return given === PROVEN ? undefined : given
  }

  /** The room was handed over: who was made an owner by those before is one no longer. */
  endOwners(offset: Offset): void {
    for (const member of this.#roles.names('owner')) this.#roles.set(member, offset, PROVEN)
  }

  /** How a member stands now whose proven role is `proven`. */
  of(member: MemberId, proven: Role): Standing {
    const role = this.roleOf(member) ?? proven
    return this.isMuted(member) ? { role, muted: true } : { role }
  }

  /** The log has begun anew: what counts now has counted since before it. */
  beginAnew(): void {
    for (const dated of [this.#barred, this.#muted, this.#roles]) dated.moveTo(BEFORE_FIRST)
  }

  /** `undefined`: nobody stands otherwise than they came in. */
  toJson(): StandingsJson | undefined {
    if (this.#barred.isEmpty && this.#muted.isEmpty && this.#roles.isEmpty && this.#uses.size === 0) return undefined
    return {
      barred: this.#barred.toJson(),
      muted: this.#muted.toJson(),
      roles: this.#roles.toJson(),
      uses: [...this.#uses],
    }
  }

  /** Takes over what a snapshot holds; what is not of the right shape is left out. */
  adopt(json: Readonly<Record<string, unknown>>): void {
    this.#barred.adopt(json['barred'])
    this.#muted.adopt(json['muted'])
    this.#roles.adopt(json['roles'])
    const { uses } = json
    for (const one of Array.isArray(uses) ? (uses as unknown[]) : []) {
      const [invite, count] = Array.isArray(one) ? (one as unknown[]) : []
      if (typeof invite === 'string' && typeof count === 'number') this.#uses.set(invite, count)
    }
  }
}

/** Whose token it was by which somebody came in: `s.` and a hash, as `via` has it. */
export const subjectIn = (via: string | undefined): string | undefined =>
  via === undefined ? undefined : /(?:^|\.)(s\.[^.]+)/.exec(via)?.[1]

/** In place of a role: the one they came in with. */
const PROVEN = 'proven'

const isTrue = (value: unknown): value is true => value === true
const isBoolean = (value: unknown): value is boolean => typeof value === 'boolean'
const isGiven = (value: unknown): value is Role | typeof PROVEN => value === PROVEN || isRole(value)
export const isRole = (value: unknown): value is Role => value === 'owner' || value === 'member' || value === 'reader'
