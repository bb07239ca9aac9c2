import {
  type AppendedRecord,
  LIMITS,
  type MemberId,
  type Offset,
  type Role,
  type RoomRecord,
} from '@whisperrooms/protocol'

interface Said {
  readonly offset: Offset
  readonly text: string
}

/** Who may do what in a room, and what was said in it, as one would write it down from the log with the rules of the protocol. */
export class NaiveCompany {
  readonly said: Said[] = []
  readonly kicked = new Set<string>()
  readonly muted = new Set<string>()
  readonly roles = new Map<string, Role>()
  ownerHash: string | undefined
  /** Where the room was locked; `undefined`: it is not. */
  lockedAt: Offset | undefined
  readonly #firstUnderKey = new Map<string, number>()
  #isMade = false

  apply({ record, offset, at }: AppendedRecord): void {
    if (at > record.notAfter || this.#isAgain(record, at) || this.kicked.has(record.member)) return
    const body = JSON.parse(Buffer.from(record.body).toString())
    const role = this.#roleOf(record.member, record.as, record.owner)
    const whom: MemberId = body.member
    const mayDecide = role === 'owner' && whom !== record.member
    switch (record.kind) {
      case 'create':
        if (!this.#isMade) this.ownerHash = body.ownerHash
        this.#isMade = true
        return
      case 'message':
        if (role !== 'reader' && !this.muted.has(record.member)) this.said.push({ offset, text: body.text })
        return
      case 'set':
        if (role !== 'owner') return
        if (body.ownerHash !== undefined && body.ownerHash !== this.ownerHash)
          for (const [member, given] of this.roles) if (given === 'owner') this.roles.delete(member)
        this.ownerHash = body.ownerHash ?? this.ownerHash
        if (body.locked === true) this.lockedAt ??= offset
        if (body.locked === false) this.lockedAt = undefined
        return
      case 'kick':
        if (mayDecide && this.roles.get(whom) !== 'owner') this.kicked.add(whom)
        return
      case 'mute':
        if (!mayDecide || this.roles.get(whom) === 'owner') return
        if (body.on) this.muted.add(whom)
        else this.muted.delete(whom)
        return
      case 'role':
        if (mayDecide) this.roles.set(whom, body.role)
        return
      default:
    }
  }

  #isAgain({ member, key }: RoomRecord, at: number): boolean {
    const id = `${member} ${key}`
    const firstAt = this.#firstUnderKey.get(id)
    if (firstAt !== undefined && at - firstAt < LIMITS.duplicateMs) return true
    this.#firstUnderKey.set(id, at)
    return false
  }

  #roleOf(member: string, as: string, owner: string | undefined): string {
    const proven = as === 'owner' && owner !== this.ownerHash ? 'member' : as
    return this.roles.get(member) ?? proven
  }
}
