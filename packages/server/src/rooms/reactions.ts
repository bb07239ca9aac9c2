import type { MemberId, Offset } from '@whisperrooms/protocol'
import { Deadlines } from './deadlines.ts'

/** How often one member may put reactions to one message; taking one back is always possible. */
export const REACTIONS_EACH = 30

/** A member's reaction to a message, put or taken back. */
export interface Reaction {
  readonly target: Offset
  readonly member: MemberId
  readonly emoji: string
  readonly on: boolean
}

/**
 * What a reaction comes to.
 * - `news`: it changes something.
 * - `known`: so it is already.
 * - `too_many`: its member has put as many to this message as one may.
 */
export type Judgement = 'news' | 'known' | 'too_many'

/** What one member has said of one message with one emoji last, and at which index of the log that is. */
interface Told {
  readonly emoji: string
  readonly on: boolean
  readonly index: number
}

interface OfMember {
  /** How many were put, those taken back included. */
  put: number
  readonly told: Told[]
}

/**
 * The reactions to the messages of one room. Of each member, message and emoji the log holds one entry, the latest: putting and taking
 * back are not gathered there, and who replays it knows how things stand. Takes no memory until there is a reaction.
 */
export class Reactions {
  #targets: Map<Offset, Map<MemberId, OfMember>> | undefined
  #deadlines: Deadlines<Offset> | undefined

  judge({ target, member, emoji, on }: Reaction): Judgement {
    const known = this.#targets?.get(target)?.get(member)
    const isOn = known?.told.find((one) => one.emoji === emoji)?.on ?? false
    if (on === isOn) return 'known'
    return on && known !== undefined && known.put >= REACTIONS_EACH ? 'too_many' : 'news'
  }

  /**
   * Notes that the log tells a reaction at `index`.
   *
   * @param deadlineMs that of its target: until then it is remembered.
   * @returns the index at which the same member told of the same emoji before; that entry says nothing any more.
   */
  told({ target, member, emoji, on }: Reaction, deadlineMs: number, index: number): number | undefined {
    const ofMember = this.#of(target, member, deadlineMs)
    if (on) ofMember.put++
    const at = ofMember.told.findIndex((one) => one.emoji === emoji)
    const before = ofMember.told[at]
    if (before === undefined) ofMember.told.push({ emoji, on, index })
    else ofMember.told[at] = { emoji, on, index }
    return before?.index
  }

  /** The message is gone. @returns the indexes at which reactions to it are told. */
  forget(target: Offset): number[] {
    const members = this.#targets?.get(target)
    if (members === undefined) return []
    this.#targets?.delete(target)
    return [...members.values()].flatMap(({ told }) => told.map(({ index }) => index))
  }

  /** All messages before `offset` are gone. @returns the indexes at which reactions to them are told. */
  forgetBefore(offset: Offset): number[] {
    const gone = [...(this.#targets?.keys() ?? [])].filter((target) => target < offset)
    return gone.flatMap((target) => this.forget(target))
  }

  /** Forgets the reactions to what has ended; in the log they end with it. */
  expire(nowMs: number): void {
    const deadlines = this.#deadlines
    if (deadlines === undefined) return
    while (deadlines.soonest <= nowMs) {
      const target = deadlines.take()
      if (target !== undefined) this.#targets?.delete(target)
    }
  }

  #of(target: Offset, member: MemberId, deadlineMs: number): OfMember {
    this.#targets ??= new Map()
    this.#deadlines ??= new Deadlines()
    let members = this.#targets.get(target)
    if (members === undefined) {
      members = new Map()
      this.#targets.set(target, members)
      this.#deadlines.add(deadlineMs, target)
    }
    const known = members.get(member) ?? { put: 0, told: [] }
    members.set(member, known)
    return known
  }
}
