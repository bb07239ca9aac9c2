/** What is being written in a room. In memory only. */
export interface Draft {
  readonly text: string
  /** The beginning of it is a message that could not be sent in time. */
  readonly returned: boolean
}

export interface Drafts {
  /** The same object until it changes. */
  get(room: string): Draft
  write(room: string, text: string): void
  /** Puts `text` before what is being written: it was meant to be said first. */
  giveBack(room: string, text: string): void
  forget(room: string): void
  readonly subscribe: (listener: () => void) => () => void
}

const EMPTY: Draft = { text: '', returned: false }

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
    write: (room, text) => put(room, { text, returned: get(room).returned }),
    giveBack(room, text) {
      const before = get(room).text
      put(room, { text: before === '' ? text : `${text}\n${before}`, returned: true })
    },
    forget: (room) => put(room, EMPTY),
    subscribe(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
  }
}
