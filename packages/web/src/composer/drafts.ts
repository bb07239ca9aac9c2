/** What is being written in a room. In memory only. */
export interface Draft {
  readonly text: string
  /** So many characters at its beginning are messages that came back unsent, oldest first. */
  readonly returned: number
}

export interface Drafts {
  /** The same object until it changes. */
  get(room: string): Draft
  write(room: string, text: string): void
  /** Puts `text` behind what came back before and in front of what is being written: they were meant to be said in this order. */
  giveBack(room: string, text: string): void
  forget(room: string): void
  readonly subscribe: (listener: () => void) => () => void
}

const EMPTY: Draft = { text: '', returned: 0 }

export function createDrafts(): Drafts {
  const drafts = new Map<string, Draft>()
  const listeners = new Set<() => void>()
  const put = (room: string, draft: Draft) => {
    if (draft.text === '') drafts.delete(room)
    else drafts.set(room, draft)
    for (const listener of listeners) listener()
  }
  const get = (room: string) => drafts.get(room) ?? EMPTY
  return {
    get,
    write(room, text) {
      const before = get(room)
      put(room, { text, returned: returnedIn(text, before) })
    },
    giveBack(room, text) {
      const { text: before, returned } = get(room)
      const given = returned === 0 ? text : `${before.slice(0, returned)}\n${text}`
      const typed = returned === 0 ? before : before.slice(returned).replace(/^\n/, '')
      put(room, { text: typed === '' ? given : `${given}\n${typed}`, returned: given.length })
    },
    forget: (room) => put(room, EMPTY),
    subscribe(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
  }
}

/** Where what came back ends once its author has changed the text: found by the one piece that differs. */
function returnedIn(text: string, { text: before, returned }: Draft): number {
  const shorter = Math.min(text.length, before.length)
  let same = 0
  while (same < shorter && text[same] === before[same]) same++
  if (same >= returned) return returned
  let sameEnd = 0
  while (sameEnd < shorter - same && text.at(-1 - sameEnd) === before.at(-1 - sameEnd)) sameEnd++
  // A change over the border belongs to what came back.
  return text.length - Math.min(sameEnd, before.length - returned)
}
