import type { MemberId, Offset } from '@whisperrooms/protocol'
import type { Reaction } from './reactions.ts'

/** A reaction, put or taken back, with the end of its message on the client's monotonic clock. */
export interface Mark {
  readonly target: Offset
  readonly emoji: string
  readonly member: MemberId
  readonly on: boolean
  readonly deadlineMs: number
}

/** Who has put what to the messages of one room, in one epoch; also to those that this client does not have. */
export interface ReactionList {
  set(mark: Mark): void
  has(target: Offset, emoji: string, member: MemberId): boolean
  /** @returns the same array until something changes; `undefined` when there is nothing, or no longer. */
  of(target: Offset, you: MemberId | undefined, nowMs: number): readonly Reaction[] | undefined
  /** The messages at `targets`, and those before `upTo`, are gone. */
  remove(targets: readonly Offset[], upTo: Offset | undefined): void
  purge(nowMs: number): void
  /** When `purge` has something to do next; infinite when never. */
  soonestMs(): number
}

interface Marked {
  readonly deadlineMs: number
  readonly byEmoji: Map<string, Set<MemberId>>
  view: readonly Reaction[] | undefined
}

export function createReactionList(): ReactionList {
  const all = new Map<Offset, Marked>()

  return {
    set({ target, emoji, member, on, deadlineMs }) {
      const marked = all.get(target) ?? { deadlineMs, byEmoji: new Map<string, Set<MemberId>>(), view: undefined }
      const members = marked.byEmoji.get(emoji) ?? new Set()
      if (on) members.add(member)
      else members.delete(member)
      if (members.size > 0) marked.byEmoji.set(emoji, members)
      else marked.byEmoji.delete(emoji)
      marked.view = undefined
      if (marked.byEmoji.size > 0) all.set(target, marked)
      else all.delete(target)
    },

    has: (target, emoji, member) => all.get(target)?.byEmoji.get(emoji)?.has(member) ?? false,

    of(target, you, nowMs) {
      const marked = all.get(target)
      if (marked === undefined || marked.deadlineMs <= nowMs) return undefined
      marked.view ??= [...marked.byEmoji].map(([emoji, members]) => ({
        emoji,
        members: [...members],
        own: you !== undefined && members.has(you),
      }))
      return marked.view
    },

    remove(targets, upTo = 0 as Offset) {
      for (const target of targets) all.delete(target)
      for (const target of [...all.keys()]) if (target < upTo) all.delete(target)
    },

    purge(nowMs) {
      for (const [target, { deadlineMs }] of [...all]) if (deadlineMs <= nowMs) all.delete(target)
    },

    soonestMs: () => Math.min(...[...all.values()].map(({ deadlineMs }) => deadlineMs)),
  }
}
